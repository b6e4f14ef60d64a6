// Error numbers of Linux: a call that fails gives one of them, negated.

export enum Errno {
  EPERM = 1,
  ENOENT = 2,
  ESRCH = 3,
  EBADF = 9,
  EAGAIN = 11,
  ENOMEM = 12,
  EACCES = 13,
  EFAULT = 14,
  EBUSY = 16,
  EEXIST = 17,
  ENODEV = 19,
  EINVAL = 22,
  EFBIG = 27,
  EOVERFLOW = 75,
  EOPNOTSUPP = 95,
}

/** What a call gives for an error. */
export function failed(errno: Errno): i64 {
  return -(<i64>errno);
}
