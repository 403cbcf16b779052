package dev.lockstep.services.counter;

/** The operations of the counter. The ordinal is the operation byte: new ones go to the end. */
enum CounterOperation {
  /** No fields. Answers i64 the value. */
  GET,
  /** i64 what to add; wraps around at the ends. Answers i64 the new value. */
  ADD
}
