// Pools by number, beyond what a curve needs.

export { dropFromPool, poolFlags, resizePoolTo } from "../curve/curve";
export { Page } from "../paging/moment";
