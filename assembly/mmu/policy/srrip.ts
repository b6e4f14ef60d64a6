// Static RRIP of 2 bits: every fill is expected back late, but not last.

export const SRRIP_MOST: u32 = 3;
export const SRRIP_FILL: u32 = 2;
