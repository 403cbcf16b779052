package dev.lockstep.protocol.rules;

import dev.lockstep.protocol.view.VoteSet;

/** When the state of others is taken for true. */
public interface TransferRule {
  TransferRule STANDARD = new TransferRule() {};

  /**
   * Whether a state is right that these members vouch for, each with the hash of its checkpoint at
   * some instance since: one of them is correct. f colluding senders agree on any state.
   */
  default boolean isTrusted(VoteSet agreeing) {
    return agreeing.hasOneCorrect();
  }

  /**
   * Whether these members, who offer the same checkpoint, are enough to begin. Replicas take their
   * checkpoints at different instances, so one has to be.
   */
  default boolean mayBegin(VoteSet offering) {
    return !offering.isEmpty();
  }
}
