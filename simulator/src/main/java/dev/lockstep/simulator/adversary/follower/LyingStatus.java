package dev.lockstep.simulator.adversary.follower;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;

/** STATUS with absurd or slightly wrong numbers, for a second at a time. */
public final class LyingStatus extends Behaviour {
  public LyingStatus() {
    super("lying-status");
  }

  @Override
  protected void other(AdversaryContext context, int to, Message.ReplicaMessage message) {
    if (!(message instanceof Message.Status s)) {
      context.send(to, message);
      return;
    }
    long slot = context.nowMicros() / (1_000 * MILLIS);
    // To some peers another lie than to the rest.
    Message.Status lie =
        switch (pick(14, slot, pick(2, slot, to))) {
          case 0 -> status(s, s.regency(), s.nextRegency(), Long.MAX_VALUE);
          case 1 -> status(s, s.regency(), s.nextRegency(), s.lastDelivered() + 1_000_000);
          case 2 -> status(s, s.regency(), s.nextRegency(), 0);
          case 3 -> status(s, s.regency(), s.nextRegency(), -1);
          case 4 -> status(s, s.regency(), s.nextRegency(), s.lastDelivered() + 1);
          case 5 -> status(s, Long.MAX_VALUE, Long.MAX_VALUE, s.lastDelivered());
          case 6 -> status(s, s.regency(), s.regency() + 1, s.lastDelivered());
          case 7 -> status(s, s.regency(), s.regency() + 1_000, s.lastDelivered());
          case 8 -> status(s, 0, 0, s.lastDelivered());
          case 9 -> learner(s, Long.MAX_VALUE);
          case 10 -> learner(s, s.lastDelivered() + 50);
          case 11 ->
              new Message.Status(
                  s.view() + 1,
                  s.regency(),
                  s.nextRegency(),
                  s.synced(),
                  s.lastDelivered(),
                  s.learnUntil());
          case 12 ->
              new Message.Status(
                  s.view(), s.regency(), s.nextRegency(), false, s.lastDelivered(), s.learnUntil());
          default -> status(s, s.regency() + 1, s.regency() + 1, 0);
        };
    context.send(to, lie);
  }

  private static Message.Status status(Message.Status s, long regency, long next, long last) {
    return new Message.Status(s.view(), regency, next, s.synced(), last, s.learnUntil());
  }

  private static Message.Status learner(Message.Status s, long until) {
    return new Message.Status(
        s.view(), s.regency(), s.nextRegency(), s.synced(), s.lastDelivered(), until);
  }
}
