package dev.lockstep.simulator.adversary.leader;

import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import dev.lockstep.simulator.adversary.Forge;
import java.util.List;

/** Proposals for other instances and regencies, second ones, and some without leading. */
public final class WrongInstance extends Behaviour {
  public WrongInstance() {
    super("wrong-instance");
  }

  @Override
  protected void propose(AdversaryContext context, int to, Message.Propose propose) {
    long i = propose.instance();
    long r = propose.regency();
    int kind = pick(16, i, r);
    if (kind == 0) {
      // First the wrong one: whoever takes the instance from the wrapper and not from the value.
      context.send(to, new Message.Propose(i + 1, r, propose.batch(), propose.inlined()));
    }
    context.send(to, propose);
    if (kind > 0 && kind < 9) {
      context.send(to, variant(context, propose, kind));
    }
  }

  private Message.Propose variant(AdversaryContext context, Message.Propose p, int kind) {
    long i = p.instance();
    long r = p.regency();
    int window = context.view().window();
    int size = context.view().size();
    return switch (kind) {
      case 1 -> moved(p, i + window, r);
      case 2 -> moved(p, i + 2L * window + 1, r);
      case 3 -> moved(p, i + 1_000_000, r);
      case 4 -> moved(p, i, r + 1);
      case 5 -> moved(p, i, r + size);
      case 6 -> moved(p, i, r - 1);
      case 7 -> moved(p, Math.max(1, i - 1), r);
      default -> new Message.Propose(i, r, Forge.sibling(p.batch(), pick(4, 1, i)), p.inlined());
    };
  }

  private static Message.Propose moved(Message.Propose p, long instance, long regency) {
    Batch.Header h = p.batch().header();
    return new Message.Propose(
        instance,
        regency,
        Forge.batch(
            new Batch.Header(
                h.view(), instance, h.timestampMicros(), h.nonceSeed(), regency, h.ancestor()),
            p.batch().references()),
        p.inlined());
  }

  @Override
  public void onTimer(AdversaryContext context) {
    if (context.random().nextInt(20) != 0) {
      return;
    }
    long next = context.lastDelivered() + 1;
    Batch known = Forge.latestBatch(context, next);
    if (known == null) {
      return;
    }
    // In the name of the leader, or early for a regency of its own.
    long regency = context.regency() + context.random().nextInt(3);
    Message.Propose like = new Message.Propose(next, regency, known, List.of());
    context.send(Forge.randomPeer(context), moved(like, next, regency));
  }
}
