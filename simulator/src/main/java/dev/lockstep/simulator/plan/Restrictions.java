package dev.lockstep.simulator.plan;

import dev.lockstep.protocol.view.View;
import dev.lockstep.simulator.adversary.catalogue.AdversaryNames;

/**
 * What the command line prescribes instead of leaving it to the seed. Null means: draw it.
 *
 * @param replicas number of replicas
 * @param tolerate number of faults that the group tolerates
 * @param window number of open instances
 * @param adversary the one adversary to use ({@code none} for no Byzantine replica and client)
 * @param fault the one fault class to use ({@code none} for a quiet environment); without {@code
 *     adversary} there are no Byzantine replicas then
 * @param small draw small, fast runs
 */
public record Restrictions(
    Integer replicas,
    Integer tolerate,
    View.Mode mode,
    Integer window,
    String adversary,
    String fault,
    boolean small) {

  /** In {@link #adversary} and {@link #fault}: none at all. */
  public static final String NONE = "none";

  private static final Restrictions FREE =
      new Restrictions(null, null, null, null, null, null, false);

  public Restrictions {
    if (fault != null && !fault.equals(NONE) && Fault.byLabelOrNull(fault) == null) {
      throw new IllegalArgumentException("there is no fault named " + fault);
    }
    if (adversary != null && !adversary.equals(NONE)) {
      if (!AdversaryNames.all().contains(adversary)) {
        throw new IllegalArgumentException("there is no adversary named " + adversary);
      }
      if (mode == View.Mode.CRASH) {
        throw new IllegalArgumentException("crash mode has no adversaries");
      }
    }
  }

  public static Restrictions free() {
    return FREE;
  }

  public static Restrictions smallRuns() {
    return new Restrictions(null, null, null, null, null, null, true);
  }

  public Restrictions withAdversary(String name) {
    return new Restrictions(replicas, tolerate, mode, window, name, fault, small);
  }

  public Restrictions withFault(String name) {
    return new Restrictions(replicas, tolerate, mode, window, adversary, name, small);
  }

  public Restrictions withMode(View.Mode newMode) {
    return new Restrictions(replicas, tolerate, newMode, window, adversary, fault, small);
  }

  public Restrictions withWindow(int newWindow) {
    return new Restrictions(replicas, tolerate, mode, newWindow, adversary, fault, small);
  }

  public Restrictions withReplicas(int number, int faults) {
    return new Restrictions(number, faults, mode, window, adversary, fault, small);
  }

  /** As options of {@code ./lockstep sim}, with a leading space if there are any. */
  public String options() {
    StringBuilder out = new StringBuilder();
    if (small) {
      out.append(" --small");
    }
    if (replicas != null) {
      out.append(" --replicas ").append(replicas);
    }
    if (tolerate != null) {
      out.append(" --tolerate ").append(tolerate);
    }
    if (mode != null) {
      out.append(" --mode ").append(mode == View.Mode.BYZANTINE ? "bft" : "cft");
    }
    if (window != null) {
      out.append(" --window ").append(window);
    }
    if (adversary != null) {
      out.append(" --adversary ").append(adversary);
    }
    if (fault != null) {
      out.append(" --fault ").append(fault);
    }
    return out.toString();
  }
}
