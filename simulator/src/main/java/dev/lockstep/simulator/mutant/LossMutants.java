package dev.lockstep.simulator.mutant;

import static dev.lockstep.simulator.mutant.Flaws.confirmingEarly;
import static dev.lockstep.simulator.mutant.Flaws.sending;
import static dev.lockstep.simulator.mutant.Mutants.breaks;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.rules.EntryRule;
import dev.lockstep.protocol.rules.RestartRule;
import dev.lockstep.protocol.view.View;
import dev.lockstep.simulator.plan.Restrictions;
import java.util.List;

/** Mutants of what becomes of the word of a replica that lost its votes (RULES 27). */
final class LossMutants {
  private static final Restrictions LOSSES = Restrictions.free().withFault("disk-loss");
  private static final Restrictions LOSSES_OF_SIX = LOSSES.withReplicas(6, 1);

  private LossMutants() {}

  static List<Mutant> all() {
    return List.of(
        breaks("learner-votes-at-once", "a replica that lost its votes is not muted (T10)")
            .in(
                RestartRule.class,
                new RestartRule() {
                  @Override
                  public long muteUntil(long highestCertified, int window) {
                    return 0;
                  }
                })
            .huntedIn(LOSSES),
        breaks(
                "incarnations-ignored",
                "an entry counts although another one shows that its sender lost its votes (F19)")
            .in(
                EntryRule.class,
                new EntryRule() {
                  @Override
                  public boolean isOutdated(Testimony entry, Testimony shows) {
                    return false;
                  }
                })
            .huntedIn(Restrictions.free().withAdversary("split-incarnations")),
        breaks(
                "last-sync-named",
                "who hears of a loss names its last SYNC instead of its promise (F25)")
            .in(
                RestartRule.class,
                new RestartRule() {
                  @Override
                  public long named(long promised, long synced) {
                    return synced;
                  }
                })
            .huntedIn(LOSSES_OF_SIX.withMode(View.Mode.BYZANTINE)),
        breaks(
                "answer-counted-early",
                "a learner counts an answer before it has the SYNC that it names (F25)")
            .in(
                RestartRule.class,
                new RestartRule() {
                  @Override
                  public boolean counts(long named, long synced) {
                    return true;
                  }
                })
            .huntedIn(LOSSES_OF_SIX.withMode(View.Mode.BYZANTINE)),
        breaks(
                "acknowledged-forgotten",
                "who lost its votes does not learn whom it had acknowledged before (F24)")
            .at(
                sending(
                    (core, message) ->
                        message instanceof Message.RecoverReply reply
                            ? withoutOthers(reply)
                            : message))
            .huntedIn(LOSSES),
        breaks("acknowledged-early", "a loss is acknowledged before that is durable")
            .at(confirmingEarly(record -> record instanceof Record.Incarnation))
            .huntedIn(LOSSES));
  }

  private static Message.RecoverReply withoutOthers(Message.RecoverReply reply) {
    return new Message.RecoverReply(
        reply.nonce(),
        reply.incarnation(),
        reply.claimSignature(),
        reply.senderIncarnation(),
        reply.promised(),
        reply.lastDelivered(),
        reply.certificate(),
        List.of());
  }
}
