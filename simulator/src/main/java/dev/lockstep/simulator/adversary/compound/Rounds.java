package dev.lockstep.simulator.adversary.compound;

import dev.lockstep.protocol.message.Message;

/** The round to which a message belongs: type, instance and regency. */
final class Rounds {
  private Rounds() {}

  /** Instance 0 stands for the synchronization phase. */
  record Round(int type, long instance, long regency) {}

  /** Returns null for messages that belong to no round. */
  static Round ofOrNull(Message.ReplicaMessage message) {
    if (message instanceof Message.Propose m) {
      return new Round(0, m.instance(), m.regency());
    } else if (message instanceof Message.Write m) {
      return new Round(1, m.instance(), m.regency());
    } else if (message instanceof Message.Accept m) {
      return new Round(2, m.instance(), m.regency());
    } else if (message instanceof Message.Stop m) {
      return new Round(3, 0, m.regency());
    } else if (message instanceof Message.StopData m) {
      return new Round(4, 0, m.testimony().core().regency());
    } else if (message instanceof Message.Sync m) {
      return new Round(5, 0, m.regency());
    }
    return null;
  }
}
