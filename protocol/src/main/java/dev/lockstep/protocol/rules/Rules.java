package dev.lockstep.protocol.rules;

import dev.lockstep.protocol.view.QuorumRule;

/**
 * The rules of the protocol as pure objects. Production uses {@link #standard()}; the simulator's
 * mutants replace one of them, which shows that its checkers would notice.
 */
public record Rules(
    QuorumRule quorum,
    VotingRule voting,
    SelectionRule selection,
    EntryRule entries,
    ValidityRule validity,
    DeliveryRule delivery,
    RequestRule requests,
    RestartRule restart,
    TransferRule transfer) {

  private static final Rules STANDARD =
      new Rules(
          QuorumRule.STANDARD,
          VotingRule.STANDARD,
          SelectionRule.STANDARD,
          EntryRule.STANDARD,
          ValidityRule.STANDARD,
          DeliveryRule.STANDARD,
          RequestRule.STANDARD,
          RestartRule.STANDARD,
          TransferRule.STANDARD);

  public static Rules standard() {
    return STANDARD;
  }
}
