package dev.lockstep.simulator.plan;

import java.util.ArrayList;
import java.util.List;

/**
 * One fault that happens at a planned time. The plan of a run is a list of these, so that a failing
 * plan can be written down, cut smaller, and run again.
 *
 * @param id position in the plan as it was drawn; stays when others are dropped
 * @param at virtual time at which it starts
 * @param until when it is over
 * @param targets the replicas concerned, as a bit mask of their ids
 * @param peers the other side, where there are two; else 0
 * @param amount parts per million for losses and duplications, microseconds for delays and clocks;
 *     for {@link Fault#TARGETED} an encoded {@link Filter}
 */
public record FaultEvent(
    int id, Fault fault, long at, long until, long targets, long peers, long amount) {

  /**
   * Which messages a targeted fault takes.
   *
   * @param type ordinal of the {@link Type}
   * @param modulus only instances (regencies) whose remainder of this division is {@code rest}
   */
  public record Filter(Type type, int modulus, int rest) {
    /** Messages that are worth losing on purpose. */
    public enum Type {
      PROPOSE,
      WRITE,
      ACCEPT,
      STOP,
      STOPDATA,
      SYNC,
      DECISION,
      FORWARDED,
      STATUS
    }

    long encode() {
      return (long) type.ordinal() << 32 | (long) modulus << 16 | rest;
    }

    public static Filter decode(long amount) {
      return new Filter(
          Type.values()[(int) (amount >>> 32)],
          (int) (amount >>> 16 & 0xffff),
          (int) (amount & 0xffff));
    }
  }

  /** One line that {@link #parse} understands. */
  public String line() {
    return id
        + " "
        + fault.label()
        + " "
        + at
        + " "
        + until
        + " "
        + targets
        + " "
        + peers
        + " "
        + amount;
  }

  /** Reads what {@link #line} wrote. */
  public static FaultEvent parse(String line) {
    String[] words = line.trim().split("\\s+");
    Fault fault = words.length == 7 ? Fault.byLabelOrNull(words[1]) : null;
    if (fault == null) {
      throw new IllegalArgumentException("not a fault event: " + line);
    }
    return new FaultEvent(
        Integer.parseInt(words[0]),
        fault,
        Long.parseLong(words[2]),
        Long.parseLong(words[3]),
        Long.parseLong(words[4]),
        Long.parseLong(words[5]),
        Long.parseLong(words[6]));
  }

  /** Reads a whole plan; empty lines and lines that start with # do not count. */
  public static List<FaultEvent> parseAll(List<String> lines) {
    List<FaultEvent> events = new ArrayList<>();
    for (String line : lines) {
      if (!line.isBlank() && !line.startsWith("#")) {
        events.add(parse(line));
      }
    }
    return events;
  }

  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    out.append(String.format("#%d %.6f-%.6f %s", id, at / 1e6, until / 1e6, fault.label()));
    out.append(' ').append(replicas(targets));
    if (peers != 0) {
      out.append(" / ").append(replicas(peers));
    }
    if (fault == Fault.TARGETED) {
      Filter filter = Filter.decode(amount);
      out.append(' ').append(filter.type()).append(" mod ").append(filter.modulus());
      out.append(" = ").append(filter.rest());
    } else if (amount != 0) {
      out.append(" amount ").append(amount);
    }
    return out.toString();
  }

  private static String replicas(long mask) {
    StringBuilder out = new StringBuilder("{");
    for (long rest = mask; rest != 0; rest &= rest - 1) {
      out.append(out.length() == 1 ? "" : ",").append(Long.numberOfTrailingZeros(rest));
    }
    return out.append('}').toString();
  }
}
