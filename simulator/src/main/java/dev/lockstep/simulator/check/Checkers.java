package dev.lockstep.simulator.check;

import dev.lockstep.simulator.Observer;
import java.util.List;

/** All checkers of a run. */
public final class Checkers {
  private Checkers() {}

  /**
   * Fresh checkers for one run. The order matters only for which of several findings is reported:
   * the causes of divergence come before divergence itself.
   */
  public static List<Observer> all(CheckContext context) {
    return List.of(
        new HaltChecker(),
        new RestartChecker(context),
        new VoteChecker(context),
        new IncarnationChecker(context),
        new LockChecker(context),
        new CertificateChecker(context),
        new AgreementChecker(),
        new LogChecker(context),
        new ValidityChecker(context),
        new TimeChecker(context),
        new StateChecker(),
        new RegencyChecker(context),
        new NeedlessChangeChecker(context.settleMicros(), context.changeAllowance()),
        new ResultChecker(context),
        new LinearizabilityChecker());
  }
}
