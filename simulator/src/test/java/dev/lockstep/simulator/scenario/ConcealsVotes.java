package dev.lockstep.simulator.scenario;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.simulator.adversary.Adversary;
import dev.lockstep.simulator.adversary.AdversaryContext;
import java.util.List;

/** A Byzantine replica that follows the protocol, but denies in STOPDATA that it ever voted. */
final class ConcealsVotes implements Adversary {
  @Override
  public String name() {
    return "conceals-votes";
  }

  @Override
  public void onSend(AdversaryContext context, int to, Message.ReplicaMessage message) {
    context.send(to, message instanceof Message.StopData stop ? lie(context, stop) : message);
  }

  private static Message.StopData lie(AdversaryContext context, Message.StopData honest) {
    Testimony core = honest.testimony().core();
    Testimony lie =
        new Testimony(
            core.regency(),
            core.replica(),
            core.incarnation(),
            core.lastDelivered(),
            core.prefix(),
            List.of());
    return new Message.StopData(
        new Message.SignedTestimony(
            lie, context.signer().sign(Statements.stopData(context.cluster(), lie))),
        honest.certificates());
  }
}
