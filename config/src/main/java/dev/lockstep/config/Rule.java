package dev.lockstep.config;

/** Refuses values, by the names that they have in the files. */
final class Rule {
  private Rule() {}

  static void range(String key, long value, long least, long most) {
    require(
        value >= least && value <= most,
        key + " is " + value + " but must be " + least + " to " + most);
  }

  static void require(boolean holds, String sentence) {
    if (!holds) {
      throw new IllegalArgumentException(sentence);
    }
  }
}
