package dev.lockstep.simulator.script;

import dev.lockstep.simulator.machine.SimNetwork;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** What is done to the messages that match, until it is stopped. */
public final class MessageRule {
  private final SimNetwork network;
  private final Predicate<Envelope> matches;
  private final boolean holds;
  private final List<Envelope> taken = new ArrayList<>();
  private boolean active = true;

  MessageRule(SimNetwork network, Predicate<Envelope> matches, boolean holds) {
    this.network = network;
    this.matches = matches;
    this.holds = holds;
  }

  /** Takes the message if this rule is for it; null if it is not. */
  SimNetwork.Fate fateOrNull(Envelope envelope) {
    if (!active || !matches.test(envelope)) {
      return null;
    }
    taken.add(envelope);
    return holds ? SimNetwork.Fate.HOLD : SimNetwork.Fate.DROP;
  }

  /** Later messages pass; what is held stays held. */
  public void stop() {
    active = false;
  }

  /** What was dropped or is held, in the order in which it was sent. */
  public List<Envelope> taken() {
    return List.copyOf(taken);
  }

  /** Lets go of what is held, and holds nothing more. */
  public void release() {
    stop();
    release(envelope -> true);
  }

  /** Lets go of some of what is held. */
  public void release(Predicate<Envelope> which) {
    for (Envelope envelope : List.copyOf(taken)) {
      if (holds && which.test(envelope)) {
        taken.remove(envelope);
        network.transmit(envelope.from(), envelope.to(), envelope.message());
      }
    }
  }
}
