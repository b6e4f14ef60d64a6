// traces/tiny.lackey 600 times over, compressed by tools that node does not have.

/** How often `tiny.lackey` stands in each. */
export const REPEATS = 600;

/** By `xz -9e --block-size=65536`: three blocks. */
export const XZ = decode(`
/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4P//AKxdACSILGGDcBIfsKNCoc1uRrZcIqHcaa05a5cisWcI91OGTHZvTynn6SByf+DF
uHEIgTyfP05Q4ZbkAWC0LVF76T+2kl8P9POnBrhbXtUVCUt+x/C/YJn/nFFOfCO+EVSjY0xOh9+CxEQA5XELiuhOiA9RDWxcZHT2
dEaKMUd8vK749E/EKpMwR15cikLT21xoq+QdwjQHpd1wZcEter+iEgOox92cZ/913aWowAAAhzuwf1wLBnECACEBHAAAABDPWMzg
//8Aql0AEBNAAwt3JVyy8zTdWsNKSt14ZcAs3vKp8zp620kGqD5Tm1KvMrnYSmAQI55ttIOGfxrDI7Wz17IlD/xzaYdLtOb27fb/
aSvCGbgYAPBy/w+2RyuxuSkJngpJB+5jWDdaYzjkOXEfGZJKhmJKKVVk2jVN6Hl+nV5WLpYz5I6G+z+4Ww2CMJIaQIeWvSomNbxs
QpDEyec9UmZ3JznBIC7iQITekcszMxpxgAAAAABNDFlyOrJQFgIAIQEcAAAAEM9YzOAWXwCBXQAQEwADC3clXT1BMEmZRSUFWLOP
SfN2OYhKZbA1D6kX0NFJj5lrBWLNrx2n+qvhkeib8RnbQiR9ZD7I3Sh6T0bQ73CFJ+g/ogZr7A8xwGczM+ghsrCHgL5sxbcHU/8C
GjfwHditsgUlB/lF45rb9XG9b3LxGzlEWKK6HRQbqKnnAAAAAAAABlDxHydl1YIAA8gBgIAExgGAgASdAeAsfuoRiawnPi0EAAAA
AARZWg==
`);

/** By `zstd -19`: two blocks and a checksum. */
export const ZSTD = decode(`
KLUv/aRgFgIARAMAIgUOD6BtDIRPxX+F3zYlREUYDD/aYrL8E4EGQyDyFyQXq7UlD3Ko7WsDMgQkB0B5WGweFYKRf5g8YgoSIGBW
VLkDGf9nJohjU+eAa/zO+3EH6xR5n421hOgeCDkv1oCDfmMMO4vfjhNNAAAAAQBdtvPfayD10s+w
`);

function decode(base64: string): Buffer {
  return Buffer.from(base64, "base64");
}
