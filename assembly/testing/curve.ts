// Pools by number, beyond what a curve needs.

export { crestAt, newCrests, raise, settle } from "../curve/crests";
export { dropFromPool, poolFlags, resizePoolTo } from "../curve/curve";
export { Page } from "../paging/moment";
