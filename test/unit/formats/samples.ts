// A small trace of each format of lines that carries events, with what every line of it becomes.

import type { SourcePlace, TraceEvent } from "../../../src/trace/events.js";
import type { Entry } from "../../records.js";

export interface Sample {
  text: string;
  entries: Entry[];
  other?: Record<string, number>;
}

const place = (file: string): { at: SourcePlace } => ({ at: { file, line: 0 } });
const malloc = (id: string, size: bigint, more: object = {}) =>
  ({ event: "malloc", id, size, ...more }) as TraceEvent;
const free = (id: string, more: object = {}) => ({ event: "free", id, ...more }) as TraceEvent;
const process = (process: bigint, thread?: bigint) =>
  ({ event: "switch", process, ...(thread === undefined ? {} : { thread }) }) as TraceEvent;
const brk = (address: bigint): TraceEvent => ({ event: "brk", address, answer: "ok" });
const exit: TraceEvent = { event: "exit" };

export const SAMPLES: Record<string, Sample> = {
  rep: {
    text: ["20000", "3", "7", "1", "a 0 512", "a 2 1", "r 0 640", "f 0", "f -1", "a 1 0", "f 02", ""].join(
      "\n",
    ),
    entries: [
      malloc("0", 512n),
      malloc("2", 1n),
      { event: "realloc", id: "0", newId: "0", size: 640n },
      free("0"),
      free("0x0"),
      malloc("1", 0n),
      free("2"),
    ],
  },
  mtrace: {
    text: `= Start
@ ./wf:[0x121f] + 0x562be8b68680 0x200
@ /lib/libc.so.6:(__strdup+1a)[0x9e9aa] + 0x562be8b698c0 0
@ [0x7f00] + (nil) 0x7fffffff
@ ./wf:[0x1300] < 0x562be8b68680
@ ./wf:[0x1300] > 0x562be8b70000 0x400
@ ./wf:[0x1300] ! 0x562be8b70000 0x7fffffffffff
@ ./my prog:(main+0x12)[0x1494] - 0x562be8b70000
@ [0x7f00] - 0x1
= End
`,
    entries: [
      malloc("0x562be8b68680", 512n, place("./wf+0x121f")),
      malloc("0x562be8b698c0", 0n, place("/lib/libc.so.6+0x9e9aa")),
      {
        event: "realloc",
        id: "0x562be8b68680",
        newId: "0x562be8b70000",
        size: 1024n,
        ...place("./wf+0x1300"),
      },
      free("0x562be8b70000", place("./my prog+0x1494")),
      free("0x1", place("0x7f00")),
    ],
    other: { "failed malloc": 1, "failed realloc": 1 },
  },
  ltrace: {
    text: `31416 [0x55fdb51af21f] wf->calloc(64, 8)         = 0x55fdb8bb1480
31416 [0x55fdb51af230] wf->malloc(16)            = 0x55fdb8bb1690
31416 [0x55fdb51af33c] wf->strdup("g\\n\\"u\\033\\\\")     = 0x55fdb8bb26e0
31416 [0x55fdb51af33c] wf->strdup("a long on"...) = 0x55fdb8bb2700
31416 wf->strndup("abcdef", 2) = 0x55fdb8bb2800
31416 wf->realloc(0, 32)  = 0x10
31416 wf->realloc(0x10, 48)  = 0x20
31416 wf->realloc(0x20, 0)  = nil
31416 wf->realloc(0x30, 1099511627776)  = 0
31416 wf->malloc(99 <unfinished ...>
31417 wf->memalign(64, 100) = 0x40 <0.000123>
31416 <... malloc resumed> )  = 0x50
31417 wf->_Znwm(24, 0x7ffe, 3) = 0x60
31417 wf->_ZdlPv(0x60, 1) = <void>
31417 wf->free(0x55fdb8bb1480) = <void>
31417 wf->free(nil) = <void>
31417 wf->strdup("ab" <unfinished ...>
31417 libc.so.6->malloc(3) = 0x70
31417 <... strdup resumed> ) = 0x70
31417 wf->puts("free(0x1) = 2") = 5
31417 wf->posix_memalign(0x7ffe, 64, 100) = 0
31417 --- SIGCHLD (Child exited) ---
31417 +++ exited (status 0) +++
31416 +++ killed by SIGSEGV +++
`,
    entries: [
      process(31416n),
      { event: "calloc", id: "0x55fdb8bb1480", count: 64n, size: 8n, ...place("0x55fdb51af21f") },
      malloc("0x55fdb8bb1690", 16n, place("0x55fdb51af230")),
      malloc("0x55fdb8bb26e0", 7n, place("0x55fdb51af33c")),
      malloc("0x55fdb8bb2700", 10n, place("0x55fdb51af33c")),
      malloc("0x55fdb8bb2800", 3n),
      malloc("0x10", 32n),
      { event: "realloc", id: "0x10", newId: "0x20", size: 48n },
      free("0x20"),
      process(31417n),
      malloc("0x40", 100n, { alignment: 64n }),
      process(31416n),
      malloc("0x50", 99n),
      process(31417n),
      malloc("0x60", 24n),
      free("0x60"),
      free("0x55fdb8bb1480"),
      free("0x0"),
      malloc("0x70", 3n),
      exit,
      process(31416n),
      exit,
    ],
    other: {
      "strdup of a cut string, at least so long": 1,
      "failed realloc": 1,
      "other calls": 1,
      "posix_memalign, which tells no address": 1,
      "calls whose inner call allocates": 1,
      signals: 1,
    },
  },
  memcheck: {
    text: `==16716== Memcheck, a memory error detector
==16716== Command: ./t
==16716==
--16716-- malloc(72704) = 0x4D5C040
--16716-- realloc(0x0,24)malloc(24) = 0x4D6DC80
--16716-- realloc(0x4D6DC80,100) = 0x4D6DCE0
--16716-- realloc(0x4D6DCE0,0)free(0x4D6DCE0)
--16716--  = 0
--16716-- memalign(al 64, size 100) = 0x4D6DE00
--16716-- _ZnwmSt11align_val_t(size 65, al 64) = 0x4D6E040
--16716-- _ZdlPvmSt11align_val_t(0x4D6E040)
--16716-- calloc(3,5) = 0x4D6E0F0
--16716-- malloc_usable_size(0x4D6E0F0) = 15
--16716-- malloc(4611686018427387904) = 0x0
--16717-- free(0x0)
--16716-- REDIR: 0x401f9d0 (ld-linux-x86-64.so.2:strlen) redirected to 0x580c6d22
==16716== HEAP SUMMARY:
`,
    entries: [
      process(16716n),
      malloc("0x4d5c040", 72704n),
      malloc("0x4d6dc80", 24n),
      { event: "realloc", id: "0x4d6dc80", newId: "0x4d6dce0", size: 100n },
      free("0x4d6dce0"),
      malloc("0x4d6de00", 100n, { alignment: 64n }),
      malloc("0x4d6e040", 65n, { alignment: 64n }),
      free("0x4d6e040"),
      { event: "calloc", id: "0x4d6e0f0", count: 3n, size: 5n },
      process(16717n),
      free("0x0"),
    ],
    other: { messages: 5, "other calls": 1, "failed malloc": 1 },
  },
  heaptrack: {
    text: `v 10400 3
x 8 /home/wf
X ./wf in.txt
I 1000 5e298d
m 1 -
m 1 x 5628d6784000 0 8b8 1000 4c9
m a /my lib.so 7f8de569c000 0 30000
t 5628d6785120 0
t 7f8de56c3304 1
t 1234 2
+ 1d8 2 5628e84331d0
c 5
+ 200 1 5628e84334a0
+ 0 3 5628e8433710
R 3e8
- 5628e84334a0
# the end
+ 8 0 10
`,
    entries: [
      malloc("0x5628e84331d0", 0x1d8n, place("/my lib.so+0x27304")),
      malloc("0x5628e84334a0", 0x200n, place("/home/wf+0x1120")),
      malloc("0x5628e8433710", 0n, place("0x1234")),
      free("0x5628e84334a0"),
      malloc("0x10", 8n),
    ],
    other: { timestamps: 1, "resident sizes": 1 },
  },
  strace: {
    text: `1851  17:38:32.666284 execve("/opt/a \\"b\\"\\303\\251", ["python3", "-c"], 0x7ffc485cc2f0 /* 36 vars */) = 0
1851  17:38:32.666572 brk(NULL)         = 0x55c61fa87000
1851  17:38:32.666790 mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_STACK, -1, 0) = 0x7fc479b99000
1851  17:38:32.666875 mmap(NULL, 42227, PROT_READ, MAP_PRIVATE, 3, 0) = 0x7fc479b8e000
1851  17:38:32.667030 mmap(0x7fc4799d2000, 4096, PROT_READ|PROT_EXEC, MAP_SHARED|MAP_FIXED|MAP_DENYWRITE, 3</lib/a,b (1).so>, 0x26000) = 0x7fc4799d2000 <0.000012>
1851  17:38:32.667557 brk(NULL)         = 0x55c61fa87000
1851  17:38:32.667577 brk(0x55c61faa8000) = 0x55c61faa8000
1851  17:38:32.667600 brk(0xffff55c61faa8000) = 0x55c61faa8000
1851  17:38:32.669082 execve("/opt/bash", ["bash", "mmap(1) = 2"], 0x7fffd2f27018 /* 36 vars */) = -1 ENOENT (No such file or directory)
1851  17:38:32.681620 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x7fd98781da10) = 1852
1852  17:38:32.685004 munmap(0x7fc479b8e000, 42227) = 0
1851  17:38:32.685313 wait4(-1,  <unfinished ...>
1852  17:38:32.686000 mprotect(0x7fc479b7b000, 16384, PROT_NONE <unfinished ...>
1851  17:38:32.693570 <... wait4 resumed>[{WIFEXITED(s) && WEXITSTATUS(s) == 1}], 0, NULL) = 1853
1852  17:38:32.693600 <... mprotect resumed> ) = 0
1852  17:38:32.693700 exit_group(0)     = ?
1852  17:38:32.693800 +++ exited with 0 +++
1851  17:38:32.693900 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=1852} ---
1851  17:38:32.700000 vfork( <unfinished ...>
1900  17:38:32.700100 execve("/bin/true", ["true"], 0x7ffe /* 1 var */) = 0
1851  17:38:32.700200 <... vfork resumed>) = 1900
1900  17:38:32.700300 brk(NULL) = 0x1000
1851  17:38:32.700400 mremap(0x7f24f4929000, 8192, 1048576, MREMAP_MAYMOVE) = 0x7f24f463d000
1851  17:38:32.700500 mremap(0x7f24f463d000, 1048576, 4096, 0) = 0x7f24f463d000
1851  17:38:32.700600 madvise(0x7f24f463d000, 4096, MADV_DONTNEED) = 0
1851  17:38:32.700700 clone3({flags=CLONE_VM|CLONE_FS|CLONE_THREAD, stack=0x7f24f3e3c000} => {parent_tid=[1901]}, 88) = 1901
1901  17:38:32.700800 munmap(0x1000, 4096) = 0
1901  17:38:32.700900 +++ exited with 0 +++
1851  17:38:32.700910 munmap(0x1001, 4096) = -1 EINVAL (Invalid argument)
1851  17:38:32.700920 mmap(NULL, 0, PROT_READ, MAP_ANONYMOUS, -1, 0) = -1 EINVAL (Invalid argument)
1851  17:38:32.700930 mremap(0x2000, 4096, 8192, 0) = -1 ENOMEM (Cannot allocate memory)
1851  17:38:32.700940 mprotect(0x3000, 4096, PROT_READ) = -1 ENOMEM (Cannot allocate memory)
1851  17:38:32.700950 madvise(0x3000, 4096, MADV_DONTNEED) = -1 EBADMSG (Bad message)
1851  17:38:32.700960 madvise(0x3000, 4096, 0x63 /* MADV_??? */) = -1 EINVAL (Invalid argument)
1851  17:38:32.700970 mmap(0x5000, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0) = -1 ENOMEM (Cannot allocate memory)
1851  17:38:32.701000 +++ killed by SIGKILL (core dumped) +++
`,
    entries: [
      process(1851n),
      { event: "exec", file: '/opt/a "b"é', answer: "ok" },
      brk(0x55c61fa87000n),
      {
        event: "mmap",
        address: 0x7fc479b99000n,
        length: 8192n,
        protection: ["read", "write"],
        flags: ["anon"],
        answer: "ok",
      },
      {
        event: "mmap",
        address: 0x7fc479b8e000n,
        length: 42227n,
        protection: ["read"],
        flags: [],
        file: "fd3#1",
        answer: "ok",
      },
      {
        event: "mmap",
        address: 0x7fc4799d2000n,
        length: 4096n,
        protection: ["read", "execute"],
        flags: ["shared", "fixed"],
        file: "/lib/a,b (1).so",
        offset: 0x26000n,
        answer: "ok",
      },
      brk(0x55c61faa8000n),
      { event: "brk", address: 0xffff55c61faa8000n, answer: "ENOMEM" },
      { event: "fork", child: 1852n, answer: "ok" },
      process(1852n),
      { event: "munmap", address: 0x7fc479b8e000n, length: 42227n, answer: "ok" },
      { event: "mprotect", address: 0x7fc479b7b000n, length: 16384n, protection: [], answer: "ok" },
      exit,
      process(1851n),
      { event: "vfork", child: 1900n, answer: "ok" },
      process(1900n),
      { event: "exec", file: "/bin/true", answer: "ok" },
      brk(0x1000n),
      process(1851n),
      {
        event: "mremap",
        address: 0x7f24f4929000n,
        oldLength: 8192n,
        newLength: 1048576n,
        mayMove: true,
        to: 0x7f24f463d000n,
        answer: "ok",
      },
      {
        event: "mremap",
        address: 0x7f24f463d000n,
        oldLength: 1048576n,
        newLength: 4096n,
        mayMove: false,
        answer: "ok",
      },
      { event: "madvise", address: 0x7f24f463d000n, length: 4096n, advice: "dontneed", answer: "ok" },
      process(1851n, 1901n),
      { event: "munmap", address: 0x1000n, length: 4096n, answer: "ok" },
      process(1851n),
      { event: "munmap", address: 0x1001n, length: 4096n, answer: "EINVAL" },
      {
        event: "mmap",
        address: 0n,
        length: 0n,
        protection: ["read"],
        flags: ["anon", "neither"],
        answer: "EINVAL",
      },
      {
        event: "mremap",
        address: 0x2000n,
        oldLength: 4096n,
        newLength: 8192n,
        mayMove: false,
        answer: "ENOMEM",
      },
      { event: "mprotect", address: 0x3000n, length: 4096n, protection: ["read"], answer: "ENOMEM" },
      exit,
    ],
    other: {
      "brk that changes nothing": 1,
      "failed execve": 1,
      "failed madvise": 2,
      "failed mmap": 1,
      "other calls": 1,
      "ends of threads": 2,
      signals: 1,
    },
  },
  maps: {
    text: `557b802c2000-557b802c4000 r--p 00002000 fe:00 260131                     /usr/bin/my cat
557badb9f000-557badbc0000 rw-p 00000000 00:00 0                          [heap]
7f94837b8000-7f94837da000 ---s 00000000 00:00 0 
7f9483a20000-7f9483a27000 r-xs 00001000 fe:00 338846                     /tmp/x (deleted)
7f9483a30000-7f9483a32000 r-xp 00000000 00:00 0                          [vdso]
7ffe930dd000-7ffe930fe000 rw-p 00000000 00:00 0                          [stack]
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
`,
    entries: [
      {
        event: "mmap",
        address: 0x557b802c2000n,
        length: 0x2000n,
        protection: ["read"],
        flags: ["fixed"],
        file: "/usr/bin/my cat",
        offset: 0x2000n,
      },
      {
        event: "mmap",
        address: 0x557badb9f000n,
        length: 0x21000n,
        protection: ["read", "write"],
        flags: ["anon", "fixed"],
      },
      {
        event: "region",
        address: 0x557badb9f000n,
        length: 0x21000n,
        protection: ["read", "write"],
        name: "[heap]",
      },
      {
        event: "mmap",
        address: 0x7f94837b8000n,
        length: 0x22000n,
        protection: [],
        flags: ["shared", "anon", "fixed"],
      },
      {
        event: "mmap",
        address: 0x7f9483a20000n,
        length: 0x7000n,
        protection: ["read", "execute"],
        flags: ["shared", "fixed"],
        file: "/tmp/x (deleted)",
        offset: 0x1000n,
      },
      {
        event: "region",
        address: 0x7f9483a30000n,
        length: 0x2000n,
        protection: ["read", "execute"],
        name: "[vdso]",
      },
      {
        event: "mmap",
        address: 0x7ffe930dd000n,
        length: 0x21000n,
        protection: ["read", "write"],
        flags: ["anon", "fixed", "growsdown"],
      },
      {
        event: "region",
        address: 0x7ffe930dd000n,
        length: 0x21000n,
        protection: ["read", "write"],
        name: "[stack]",
      },
      {
        event: "region",
        address: 0xffffffffff600000n,
        length: 0x1000n,
        protection: ["execute"],
        name: "[vsyscall]",
      },
    ],
  },
  perf: {
    text: `# captured on: today
#
            file  4711/4712 [002] 14707.801386:          1 cpu/mem-loads,ldlat=30/P:     7ffdf1391b0c         68100142 |OP LOAD|LVL L1 hit|SNP None|TLB L1 or L2 hit|LCK No  7fad7c47425d f+0x2 (/lib/a.so)
     Web Content  4711/4711 14707.801387: cpu/mem-stores/P: 7ffdf1391b10
 x 4800 14707.801388: 1 ibs_op//:  1000  26810 |OP STORE|LVL L1 hit|SNP N/A
 x 4800 14707.801388: 1 ibs_op//:  1000  26810 |OP N/A|LVL N/A
 x 4800 14707.801388: 1 cpu/mem-loads-aux/: 0
 x 4800 14707.801389: 1 mem-loads:  0
        7fad7c47425d f+0x2 (/lib/a.so)

`,
    entries: [
      process(4711n, 4712n),
      { kind: "load", va: 0x7ffdf1391b0cn, size: 1 },
      process(4711n),
      { kind: "store", va: 0x7ffdf1391b10n, size: 1 },
      process(4800n),
      { kind: "store", va: 0x1000n, size: 1 },
    ],
    other: { "samples of other events": 2, "samples without an address": 1, callers: 1 },
  },
  csv: {
    text: `# from a spreadsheet
time;"Virtual Address";OP;len;process;thread\r
1;0x7ffc12345678;R;8;10;10\r
2;"4096";write;4;10;11\r
3;0xFFFFFFFFFFFFFFFF;2;0x10;;
4; 16 ;Modify;1;12;
`,
    entries: [
      process(10n),
      { kind: "load", va: 0x7ffc12345678n, size: 8 },
      process(10n, 11n),
      { kind: "store", va: 4096n, size: 4 },
      { kind: "instruction", va: 0xffffffffffffffffn, size: 16 },
      process(12n),
      { kind: "modify", va: 16n, size: 1 },
    ],
  },
};
