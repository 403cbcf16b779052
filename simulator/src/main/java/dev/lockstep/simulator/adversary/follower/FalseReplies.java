package dev.lockstep.simulator.adversary.follower;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;

/** Lies to clients: results, outcomes, views and instances that are not so. */
public final class FalseReplies extends Behaviour {
  public FalseReplies() {
    super("false-replies");
  }

  @Override
  public void onReply(AdversaryContext context, ClientId client, Message.ToClient message) {
    if (!(message instanceof Message.Reply r)) {
      context.reply(client, message);
      return;
    }
    // The same lie from all conspirators: together they must still be too few.
    int kind = pick(8, r.session(), r.sequence(), r.requestDigest().a());
    Digest noise = digest(r.session(), r.sequence());
    Bytes result = new Bytes(new byte[] {(byte) kind});
    Message.Reply lie =
        switch (kind) {
          case 0 -> reply(r, r.view(), r.outcome(), noise, null, r.instance());
          case 1 ->
              reply(r, r.view(), r.outcome(), Digest.hash(result.array()), result, r.instance());
          case 2 -> reply(r, r.view(), r.outcome(), r.resultDigest(), result, r.instance());
          case 3 ->
              reply(r, r.view(), Message.Outcome.EXPIRED, r.resultDigest(), null, r.instance());
          case 4 ->
              reply(r, r.view(), Message.Outcome.CONFLICT, r.resultDigest(), null, r.instance());
          case 5 -> reply(r, r.view() + 1, r.outcome(), r.resultDigest(), r.result(), r.instance());
          case 6 ->
              reply(r, r.view(), r.outcome(), r.resultDigest(), r.result(), r.instance() + 1_000);
          default -> reply(r, r.view(), Message.Outcome.BUSY, noise, null, 0);
        };
    context.reply(client, lie);
    if (chance(30, 1, r.sequence())) {
      // A later reply of a replica replaces its earlier one.
      context.reply(client, message);
    }
  }

  private static Message.Reply reply(
      Message.Reply r,
      int view,
      Message.Outcome outcome,
      Digest resultDigest,
      Bytes result,
      long instance) {
    return new Message.Reply(
        view,
        r.session(),
        r.sequence(),
        r.requestDigest(),
        outcome,
        resultDigest,
        result,
        instance);
  }
}
