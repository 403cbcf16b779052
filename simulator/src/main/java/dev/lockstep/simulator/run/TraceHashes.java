package dev.lockstep.simulator.run;

import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.plan.Restrictions;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.LongStream;

/**
 * One hash for each seed over everything that its run does: every line of its trace, and its
 * figures. The oracle of a rebuilding: whoever moves code without changing what it does keeps all
 * hashes equal.
 */
public final class TraceHashes {
  /** Hexadecimal digits that are kept of a hash: enough to notice, short enough to read. */
  private static final int DIGITS = 32;

  private TraceHashes() {}

  /**
   * Runs the seeds on all processors.
   *
   * @param last inclusive
   * @return the hash of each seed
   */
  public static SortedMap<Long, String> of(long first, long last, Restrictions restrictions) {
    TreeMap<Long, String> hashes = new TreeMap<>();
    LongStream.rangeClosed(first, last)
        .parallel()
        .forEach(
            seed -> {
              String hash = of(seed, restrictions);
              synchronized (hashes) {
                hashes.put(seed, hash);
              }
            });
    return hashes;
  }

  /** Runs one seed with the standard rules. */
  public static String of(long seed, Restrictions restrictions) {
    MessageDigest digest = sha256();
    RunResult result =
        SimulationRunner.runOne(seed, restrictions, Variant.standard(), line -> add(digest, line));
    add(digest, result.toString());
    add(digest, result.figures().toString());
    return HexFormat.of().formatHex(digest.digest()).substring(0, DIGITS);
  }

  /** One line for each seed, as {@link #read} takes it. */
  public static List<String> write(SortedMap<Long, String> hashes) {
    List<String> lines = new ArrayList<>();
    hashes.forEach((seed, hash) -> lines.add(seed + " " + hash));
    return lines;
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IllegalArgumentException if a line is no seed and hash; the message names it
   */
  public static SortedMap<Long, String> read(List<String> lines) {
    TreeMap<Long, String> hashes = new TreeMap<>();
    for (String line : lines) {
      String[] parts = line.split(" ");
      if (parts.length != 2 || !parts[0].matches("[0-9]{1,18}")) {
        throw new IllegalArgumentException("'" + line + "' is not a seed and its hash");
      }
      hashes.put(Long.parseLong(parts[0]), parts[1]);
    }
    return hashes;
  }

  private static void add(MessageDigest digest, String line) {
    digest.update(line.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) '\n');
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
