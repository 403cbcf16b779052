package dev.lockstep.simulator.adversary.follower;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import dev.lockstep.simulator.adversary.Forge;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Answers every fetch with something else, or not at all. */
public final class BadAnswers extends Behaviour {
  public BadAnswers() {
    super("bad-answers");
  }

  @Override
  protected void other(AdversaryContext context, int to, Message.ReplicaMessage message) {
    SplittableRandom random = context.random();
    if (message instanceof Message.Value value) {
      if (random.nextInt(4) != 0) {
        context.send(to, new Message.Value(Forge.sibling(value.batch(), random.nextInt(4))));
      }
    } else if (message instanceof Message.RequestBodies bodies) {
      if (random.nextInt(4) != 0) {
        context.send(to, new Message.RequestBodies(forged(random, bodies.requests())));
      }
    } else if (message instanceof Message.Forwarded forwarded) {
      if (random.nextInt(4) != 0) {
        context.send(to, new Message.Forwarded(forged(random, forwarded.requests())));
      }
    } else if (message instanceof Message.Decision d) {
      decision(context, to, d);
    } else {
      context.send(to, message);
    }
  }

  private static void decision(AdversaryContext context, int to, Message.Decision d) {
    SplittableRandom random = context.random();
    Certificate c = d.certificate();
    switch (random.nextInt(5)) {
      case 0 ->
          context.send(
              to, new Message.Decision(Forge.sibling(d.batch(), random.nextInt(4)), c, d.bodies()));
      case 1 -> context.send(to, new Message.Decision(d.batch(), c, forged(random, d.bodies())));
      case 2 -> {
        List<Certificate.Vote> votes = new ArrayList<>(c.votes());
        if (!votes.isEmpty()) {
          votes.set(0, new Certificate.Vote(votes.get(0).replica(), Bytes.EMPTY));
        }
        context.send(
            to,
            new Message.Decision(
                d.batch(),
                new Certificate(c.instance(), c.regency(), c.digest(), votes),
                d.bodies()));
      }
      case 3 -> context.send(to, new Message.Decision(d.batch(), c, List.of()));
      default -> {
        // Nothing: the asker has to turn to somebody else.
      }
    }
  }

  private static List<Request> forged(SplittableRandom random, List<Request> requests) {
    List<Request> all = new ArrayList<>();
    for (Request request : requests) {
      all.add(Forge.forged(random, request));
    }
    return all;
  }
}
