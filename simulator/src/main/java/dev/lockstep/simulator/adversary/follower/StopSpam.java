package dev.lockstep.simulator.adversary.follower;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import java.util.SplittableRandom;

/** Asks for the next, a later and an absurd regency, whoever leads and however well. */
public final class StopSpam extends Behaviour {
  public StopSpam() {
    super("stop-spam");
  }

  @Override
  public void onTimer(AdversaryContext context) {
    SplittableRandom random = context.random();
    if (random.nextInt(8) != 0) {
      return;
    }
    long regency = context.regency();
    long asked =
        switch (random.nextInt(8)) {
          case 0 -> regency;
          case 1 -> regency + 2;
          case 2 -> regency + context.view().size();
          case 3 -> regency + 1_000_000_007L;
          case 4 -> random.nextInt(10) == 0 ? Long.MAX_VALUE : regency + 3;
          case 5 -> -1;
          default -> regency + 1;
        };
    boolean toAll = random.nextBoolean();
    for (int peer : context.others()) {
      if (toAll || random.nextBoolean()) {
        context.send(peer, new Message.Stop(asked));
      }
    }
  }
}
