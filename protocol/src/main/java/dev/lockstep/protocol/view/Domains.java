package dev.lockstep.protocol.view;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import java.util.ArrayList;
import java.util.List;

/**
 * The names of a group in what is signed, one for each of its generations: a group that was given
 * the state of a backup forgets what it decided afterwards, and decides the same instances again.
 * Under one name, whoever kept a forgotten decision could prove it (RULES 1). What was decided up
 * to the backup keeps its certificates, under the names of their time.
 *
 * @param founding the name before it was ever restored
 * @param restored all restorations that count, the oldest first
 */
public record Domains(Digest founding, List<Restored> restored) {
  /**
   * The group was given a state and began anew.
   *
   * @param after the instance of that state; at least 1, and not below that of the one before
   * @param id random, and so never used before
   */
  public record Restored(long after, Digest id) {
    /** Refuses an instance that is none. */
    public Restored {
      if (after < 1) {
        throw new IllegalArgumentException("after is " + after + " but must be at least 1");
      }
    }
  }

  /** Refuses restorations that are not in their order. */
  public Domains {
    restored = List.copyOf(restored);
    for (int i = 1; i < restored.size(); i++) {
      if (restored.get(i).after < restored.get(i - 1).after) {
        throw new IllegalArgumentException(
            "after is "
                + restored.get(i).after
                + " but must not be below that of the restoration before, "
                + restored.get(i - 1).after);
      }
    }
  }

  /** Of a group that was never restored. */
  public static Domains only(Digest founding) {
    return new Domains(founding, List.of());
  }

  /** The name now: of everything that belongs to no instance, and of those to come. */
  public Digest now() {
    return at(Long.MAX_VALUE);
  }

  /** The name in votes for an instance. */
  public Digest at(long instance) {
    Digest name = founding;
    for (Restored each : restored) {
      if (each.after >= instance) {
        break;
      }
      name =
          new Encoder(96)
              .label("LOCKSTEP-GENERATION")
              .digest(name)
              .i64(each.after)
              .digest(each.id)
              .hash();
    }
    return name;
  }

  /** The next generation. */
  public Domains restoredAfter(long after, Digest id) {
    List<Restored> all = new ArrayList<>(restored);
    all.add(new Restored(after, id));
    return new Domains(founding, all);
  }
}
