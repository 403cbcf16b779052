package dev.lockstep.simulator.mutant;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.replica.Replica;
import dev.lockstep.simulator.machine.Flaw;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/** Makes flaws that more than one mutant or scenario needs. */
public final class Flaws {
  private Flaws() {}

  /** Storage confirms these records before they are durable. */
  public static Flaw confirmingEarly(Predicate<Record> which) {
    return new Flaw() {
      @Override
      public boolean waitsFor(Record record) {
        return !which.test(record);
      }
    };
  }

  /** A start does not find these records. */
  public static Flaw forgetting(Predicate<Record> which) {
    return new Flaw() {
      @Override
      public List<Record> remembered(List<Record> found) {
        return found.stream().filter(which.negate()).toList();
      }
    };
  }

  /** Something else is sent, or nothing if the function returns null. */
  public static Flaw sending(
      BiFunction<Replica, Message.ReplicaMessage, Message.ReplicaMessage> instead) {
    return new Flaw() {
      @Override
      public Message.ReplicaMessage sends(Replica core, Message.ReplicaMessage message) {
        return instead.apply(core, message);
      }
    };
  }

  /** Every signature of a replica is taken for genuine if the statement has this label. */
  public static Flaw believing(String label) {
    return new Flaw() {
      @Override
      public Verifier verifier(Verifier real) {
        return new Verifier() {
          @Override
          public boolean replica(int replica, byte[] statement, Bytes signature) {
            return new String(statement, StandardCharsets.ISO_8859_1).contains(label)
                || real.replica(replica, statement, signature);
          }

          @Override
          public boolean client(ClientId client, byte[] statement, Bytes signature) {
            return real.client(client, statement, signature);
          }
        };
      }
    };
  }

  /** The message without a wish for another regency; null if nothing is left of it. */
  static Message.ReplicaMessage withoutAsking(Message.ReplicaMessage message) {
    if (message instanceof Message.Status status) {
      return new Message.Status(
          status.view(),
          status.regency(),
          status.regency(),
          status.synced(),
          status.lastDelivered(),
          status.learnUntil());
    }
    return message instanceof Message.Stop ? null : message;
  }
}
