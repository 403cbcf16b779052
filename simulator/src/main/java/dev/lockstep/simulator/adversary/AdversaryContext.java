package dev.lockstep.simulator.adversary;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Manifest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.view.QuorumSystem;
import dev.lockstep.protocol.view.View;
import java.util.List;
import java.util.SplittableRandom;

/** What a Byzantine replica can do: send anything on its own channels and sign with its own key. */
public interface AdversaryContext {
  int self();

  View view();

  QuorumSystem quorums();

  Digest cluster();

  long nowMicros();

  SplittableRandom random();

  /** Signs as this replica. */
  Signer signer();

  Verifier verifier();

  /** Ids of all Byzantine replicas of the run, including this one. */
  List<Integer> conspirators();

  /** What the Byzantine replicas of the run share. */
  Conspiracy conspiracy();

  /** The regency of the wrapped core. */
  long regency();

  /** The last instance that the wrapped core delivered. */
  long lastDelivered();

  void send(int to, Message.ReplicaMessage message);

  /** As {@link #send}, but leaves only after the delay. */
  void sendLater(long delayMicros, int to, Message.ReplicaMessage message);

  void reply(ClientId client, Message.ToClient message);

  /** What the wrapped core's checkpoint at the instance is made of, or null. */
  Manifest manifestOrNull(long instance);

  /** A piece of its content, or null. */
  Bytes contentOrNull(long instance, int piece);

  /** All members but this one. */
  List<Integer> others();
}
