package dev.lockstep.services.kv;

/**
 * The operations of the key-value store. The ordinal is the operation byte: new ones go to the end.
 *
 * <p>An entry is bytes key, bytes value, i64 version. A bound is a flag, and if it is 1, bytes: the
 * first key that is within (for "from") or beyond (for "to") the range.
 */
enum KeyValueOperation {
  /** bytes key. Answers a flag, and if it is 1, bytes value and i64 version. */
  GET,
  /** bytes key, bytes value. Answers i64 the new version. */
  PUT,
  /** bytes key. Answers a flag: whether there was such an entry. */
  DELETE,
  /**
   * bytes key, u8 kind of condition (the ordinal in {@code Expectation.Kind}), for VALUE bytes
   * value, for VERSION i64 version; then a flag, and if it is 1, bytes the new value, else the
   * entry is to be deleted. Answers a flag: whether it was done, and i64 the entry's version after
   * it, 0 if there is none.
   */
  COMPARE_AND_SET,
  /**
   * bound from, bound to, i32 most entries, at least 1. Answers a flag: whether there are more, and
   * a list of entries. It may be shorter than asked for, but is empty only if there are none.
   */
  RANGE,
  /** bound from, bound to. Answers i64 how many entries. */
  COUNT
}
