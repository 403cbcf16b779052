package dev.lockstep.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Guesses what was meant. */
final class Spelling {
  private Spelling() {}

  static Optional<String> closest(String name, Collection<String> candidates) {
    return candidates.stream()
        .filter(candidate -> isClose(name, candidate))
        .min(Comparator.comparingInt(candidate -> distance(name, candidate)));
  }

  /** One mistake, or two in a long word. */
  static boolean isClose(String name, String candidate) {
    return distance(name, candidate) <= (candidate.length() > 5 ? 2 : 1);
  }

  /** The number of characters to insert, delete or replace. */
  private static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, Math.min(previous[j], row[j - 1]) + 1);
      }
      previous = row;
    }
    return previous[b.length()];
  }
}
