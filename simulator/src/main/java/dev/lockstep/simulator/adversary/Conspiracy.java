package dev.lockstep.simulator.adversary;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * What colluding Byzantine replicas know together: everything that any of them saw, bounded to the
 * most recent. Filled by the engine before an adversary's own handler runs.
 */
public final class Conspiracy {
  private static final int KEEP = 256;

  /** Signing keys of all conspirators, by replica. */
  public final Map<Integer, Signer> signers = new HashMap<>();

  /** Values seen, by digest. */
  public final Map<Digest, Batch> batches = recent();

  /** Bodies seen, by digest. */
  public final Map<Digest, Request> requests = recent();

  /** Certificates seen, by instance. */
  public final TreeMap<Long, Certificate> certificates = new TreeMap<>();

  /** Latest STOPDATA seen of each (regency, sender). */
  public final Map<String, Message.StopData> stopData = recent();

  /** Latest messages of any type, for replay. */
  public final Map<Long, Message.ReplicaMessage> history = recent();

  /** Hashes of forged states, by instance. */
  public final TreeMap<Long, Message.Offer> forgeries = new TreeMap<>();

  private long messages;
  private long salt;
  private boolean salted;

  private static <K, V> Map<K, V> recent() {
    return new LinkedHashMap<>() {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > KEEP;
      }
    };
  }

  /** A number that all conspirators share, so that they take the same sides; drawn by the first. */
  public long salt(SplittableRandom random) {
    if (!salted) {
      salt = random.nextLong();
      salted = true;
    }
    return salt;
  }

  /** Learns from a message that a conspirator sent or received. */
  public void learn(Message.ReplicaMessage message) {
    history.put(messages++, message);
    if (message instanceof Message.Propose propose) {
      batches.put(propose.batch().digest(), propose.batch());
      propose.inlined().forEach(this::learn);
    } else if (message instanceof Message.Decision decision) {
      batches.put(decision.batch().digest(), decision.batch());
      learn(decision.certificate());
      decision.bodies().forEach(this::learn);
    } else if (message instanceof Message.StopData data) {
      stopData.put(
          data.testimony().core().regency() + "/" + data.testimony().core().replica(), data);
      data.certificates().forEach(this::learn);
    } else if (message instanceof Message.Sync sync) {
      sync.certificates().forEach(this::learn);
      sync.values().forEach(value -> batches.put(value.digest(), value));
    } else if (message instanceof Message.Forwarded forwarded) {
      forwarded.requests().forEach(this::learn);
    } else if (message instanceof Message.RequestBodies bodies) {
      bodies.requests().forEach(this::learn);
    } else if (message instanceof Message.Value value) {
      batches.put(value.batch().digest(), value.batch());
    }
  }

  public void learn(Request request) {
    requests.put(request.digest(), request);
  }

  public void learn(Certificate certificate) {
    certificates.put(certificate.instance(), certificate);
    if (certificates.size() > KEEP) {
      certificates.pollFirstEntry();
    }
  }
}
