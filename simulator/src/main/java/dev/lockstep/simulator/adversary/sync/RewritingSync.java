package dev.lockstep.simulator.adversary.sync;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.Abdicating;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Recent;

/** A leader that sends another SYNC than its core, kept so that it repeats itself. */
abstract class RewritingSync extends Abdicating {
  private record Receiver(long regency, int peer) {}

  private final Recent<Receiver, Message.Sync> sent = new Recent<>(128);

  RewritingSync(String name) {
    super(name);
  }

  /** Returns null when there is nothing better to send than what the core says. */
  abstract Message.Sync rewrite(AdversaryContext context, int to, Message.Sync sync);

  /** Whether all receivers get the same. */
  boolean same() {
    return true;
  }

  @Override
  protected void sync(AdversaryContext context, int to, Message.Sync sync) {
    if (!leads(context, sync.regency())) {
      // Passed on for somebody else: it could not sign another one.
      context.send(to, sync);
      return;
    }
    Receiver receiver = new Receiver(sync.regency(), same() ? -1 : to);
    Message.Sync instead = sent.get(receiver);
    if (instead == null) {
      instead = rewrite(context, to, sync);
      instead = instead == null ? sync : instead;
      sent.put(receiver, instead);
    }
    context.send(to, instead);
  }
}
