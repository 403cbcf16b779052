package dev.lockstep.protocol.replica.catchup;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.consensus.Consensus;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.facts.Regency;
import dev.lockstep.protocol.replica.facts.Slot;
import dev.lockstep.protocol.replica.facts.Window;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.kernel.Resends;
import dev.lockstep.protocol.replica.requests.RequestPool;
import dev.lockstep.protocol.view.Genesis;

/** Says this replica's proposal and votes again, for instances that are open for too long. */
public final class VoteResender implements Resends {
  private final Genesis genesis;
  private final Outbox out;
  private final Window window;
  private final Regency regency;
  private final RequestPool pool;

  public VoteResender(
      Genesis genesis, Outbox out, Window window, Regency regency, RequestPool pool) {
    this.genesis = genesis;
    this.out = out;
    this.window = window;
    this.regency = regency;
    this.pool = pool;
  }

  @Override
  public void resend(Lack lack) {
    for (Slot slot : window.slots()) {
      // More than 2W ahead the peer keeps nothing.
      if (slot.instance > lack.lastDelivered()
          && slot.instance <= lack.lastDelivered() + 2L * genesis.window()) {
        resend(slot, lack);
      }
    }
  }

  private void resend(Slot slot, Lack lack) {
    int to = lack.peer();
    if (slot.consensus.decision() != null) {
      Batch value = slot.decidedValueOrNull();
      if (value != null && pool.hasAllBodies(value)) {
        out.send(to, new Message.Decision(value, slot.consensus.decision(), pool.bodies(value)));
      }
      return;
    }
    if (slot.openSince < 0 || slot.openSince > lack.openBefore()) {
      return;
    }
    if (regency.isLeader() && slot.proposal != null) {
      out.send(to, slot.proposal);
    }
    out.count(Event.RESENT, to);
    slot.consensus.resend(
        regency.installed(),
        new Consensus.Resend() {
          @Override
          public void write(long inRegency, Digest digest) {
            out.send(to, new Message.Write(slot.instance, inRegency, digest));
          }

          @Override
          public void accept(long inRegency, Digest digest, Bytes signature) {
            out.send(to, new Message.Accept(slot.instance, inRegency, digest, signature));
          }
        });
  }
}
