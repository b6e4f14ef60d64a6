// A transform of the compiler (asconfig.json): the heap of a simulated process. All that the functions of heap/noted.ts call in heap/ is compiled a second time, with
// each load and store telling note.ts of its address, so that the heap by itself pays nothing for it:
//
//   heap/noted.ts --> heap/calls|noted --> heap/listed|noted ... --> heap/note.ts
//   the host      --> heap/calls       --> heap/listed       ...
//
// A function of hooks.ts is not copied: that of the same name in note.ts stands in its place. It runs before anything is optimised, so that every build notes the same.

const HEAP = "assembly/heap/";
const ROOTS = `${HEAP}noted/`;
const NOTES = `${HEAP}note/`;
const HOOKS = `${HEAP}hooks/`;
/** What touches no word of a heap: it needs no copy. */
const BESIDE = ["params/", "state/", "slots/", "tally/", "aligned/"].map((name) => HEAP + name);
/** Whose stores into a heap are of links. */
const LINKS = ["lists/", "trees/"].map((name) => HEAP + name);

export default class Noted {
  /** @param {import("binaryen").default.Module} module */
  afterCompile(module) {
    const { binaryen } = this;
    const names = new Set(functionsOf(binaryen, module));
    const copied = new Set();
    const instrument = (body, storing) => {
      each(binaryen, body, (expression, id) => {
        if (id === binaryen.CallId) {
          const target = targetOf(binaryen.Call.getTarget(expression));
          if (target) binaryen.Call.setTarget(expression, target);
        }
        if (!storing) return;
        if (id === binaryen.LoadId) tell(binaryen.Load, "noteLoad", expression);
        if (id === binaryen.StoreId) tell(binaryen.Store, storing, expression);
      });
    };
    const tell = (kind, note, expression) => {
      const operands = [
        kind.getPtr(expression),
        module.i32.const(kind.getOffset(expression)),
        module.i32.const(kind.getBytes(expression)),
      ];
      kind.setPtr(expression, module.call(NOTES + note, operands, binaryen.i32));
    };
    /** What a call in noted code calls instead. */
    const targetOf = (name) => {
      if (name.startsWith(HOOKS)) return NOTES + name.slice(HOOKS.length);
      if (!name.startsWith(HEAP) || name.startsWith(NOTES) || isIn(BESIDE, name)) return undefined;
      const copy = `${name}|noted`;
      if (copied.has(name)) return copy;
      copied.add(name);
      const { params, results, vars, body } = binaryen.getFunctionInfo(module.getFunction(name));
      const its = module.copyExpression(body);
      instrument(its, isIn(LINKS, name) ? "noteLink" : "noteStore");
      module.addFunction(copy, params, results, vars, its);
      return copy;
    };
    for (const name of names) {
      if (!name.startsWith(ROOTS)) continue;
      instrument(binaryen.getFunctionInfo(module.getFunction(name)).body);
    }
  }
}

function isIn(folders, name) {
  return folders.some((folder) => name.startsWith(folder));
}

function functionsOf(binaryen, module) {
  const count = module.getNumFunctions();
  return Array.from(
    { length: count },
    (_, i) => binaryen.getFunctionInfo(module.getFunctionByIndex(i)).name,
  );
}

/** Visits an expression and all in it, inner ones first. */
function each(binaryen, expression, visit) {
  if (!expression) return;
  const id = binaryen.getExpressionId(expression);
  for (const part of partsOf(binaryen, id, expression)) each(binaryen, part, visit);
  visit(expression, id);
}

/** By the kind of an expression, how to ask for those in it. */
const PARTS = {
  Block: (b, at) => list(b.Block.getNumChildren(at), (i) => b.Block.getChildAt(at, i)),
  If: (b, at) => [b.If.getCondition(at), b.If.getIfTrue(at), b.If.getIfFalse(at)],
  Loop: (b, at) => [b.Loop.getBody(at)],
  Break: (b, at) => [b.Break.getCondition(at), b.Break.getValue(at)],
  Switch: (b, at) => [b.Switch.getCondition(at), b.Switch.getValue(at)],
  Call: (b, at) => list(b.Call.getNumOperands(at), (i) => b.Call.getOperandAt(at, i)),
  LocalGet: () => [],
  LocalSet: (b, at) => [b.LocalSet.getValue(at)],
  GlobalGet: () => [],
  GlobalSet: (b, at) => [b.GlobalSet.getValue(at)],
  Load: (b, at) => [b.Load.getPtr(at)],
  Store: (b, at) => [b.Store.getPtr(at), b.Store.getValue(at)],
  Const: () => [],
  Unary: (b, at) => [b.Unary.getValue(at)],
  Binary: (b, at) => [b.Binary.getLeft(at), b.Binary.getRight(at)],
  Select: (b, at) => [b.Select.getIfTrue(at), b.Select.getIfFalse(at), b.Select.getCondition(at)],
  Drop: (b, at) => [b.Drop.getValue(at)],
  Return: (b, at) => [b.Return.getValue(at)],
  Nop: () => [],
  Unreachable: () => [],
  MemoryCopy: (b, at) => [b.MemoryCopy.getDest(at), b.MemoryCopy.getSource(at), b.MemoryCopy.getSize(at)],
  MemoryFill: (b, at) => [b.MemoryFill.getDest(at), b.MemoryFill.getValue(at), b.MemoryFill.getSize(at)],
};

function partsOf(binaryen, id, expression) {
  const kind = Object.keys(PARTS).find((name) => binaryen[`${name}Id`] === id);
  if (!kind) throw new Error(`noted.mjs: no way into expression ${id}: ${binaryen.emitText(expression)}`);
  return PARTS[kind](binaryen, expression);
}

function list(length, at) {
  return Array.from({ length }, (_, i) => at(i));
}
