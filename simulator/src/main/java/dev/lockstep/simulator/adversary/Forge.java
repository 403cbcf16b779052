package dev.lockstep.simulator.adversary;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.message.Testimony;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/** Makes messages, honest in form and otherwise as the caller likes. */
public final class Forge {
  private Forge() {}

  // ---- replicas

  public static List<Integer> correct(AdversaryContext context) {
    List<Integer> correct = new ArrayList<>(context.others());
    correct.removeAll(context.conspirators());
    return correct;
  }

  public static long mask(AdversaryContext context, Iterable<Integer> replicas) {
    long mask = 0;
    for (int replica : replicas) {
      mask |= context.quorums().bit(replica);
    }
    return mask;
  }

  public static int randomPeer(AdversaryContext context) {
    List<Integer> others = context.others();
    return others.get(context.random().nextInt(others.size()));
  }

  /** The key of a conspirator, or null. */
  public static Signer signer(AdversaryContext context, int replica) {
    return replica == context.self() ? context.signer() : context.conspiracy().signers.get(replica);
  }

  // ---- noise

  public static Digest randomDigest(SplittableRandom random) {
    return new Digest(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong());
  }

  public static Bytes randomBytes(SplittableRandom random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return new Bytes(bytes);
  }

  public static <T> T randomOf(SplittableRandom random, List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  // ---- votes

  public static Message.Accept accept(
      AdversaryContext context, long instance, long regency, Digest digest) {
    return new Message.Accept(
        instance,
        regency,
        digest,
        acceptSignature(context, context.self(), instance, regency, digest));
  }

  /** A conspirator's genuine signature, or noise for anybody else. */
  public static Bytes acceptSignature(
      AdversaryContext context, int replica, long instance, long regency, Digest digest) {
    Signer signer = signer(context, replica);
    return signer == null
        ? randomBytes(context.random(), 32)
        : signer.sign(
            Statements.accept(
                context.cluster(), context.view().id(), instance, regency, digest, replica));
  }

  /** The same kind of vote, for another value or round, with a genuine signature. */
  public static Message.ReplicaMessage vote(
      AdversaryContext context,
      Message.ReplicaMessage like,
      long instance,
      long regency,
      Digest digest) {
    return like instanceof Message.Accept
        ? accept(context, instance, regency, digest)
        : new Message.Write(instance, regency, digest);
  }

  // ---- values

  public static Batch batch(Batch.Header header, List<Reference> references) {
    return new Batch(header, references);
  }

  /**
   * Another value that correct replicas would WRITE just as well as this one.
   *
   * @param variant 0: other nonces, 1: other time, 2: fewer requests, 3: none
   */
  public static Batch sibling(Batch batch, int variant) {
    Batch.Header h = batch.header();
    List<Reference> references = batch.references();
    long time = h.timestampMicros();
    Digest seed = h.nonceSeed();
    if (variant == 1) {
      time++;
    } else if (variant == 2 && !references.isEmpty()) {
      // Only from the end: the rest of each session stays in order.
      references = references.subList(0, references.size() / 2);
    } else if (variant == 3 && !references.isEmpty()) {
      references = List.of();
    } else {
      seed = new Digest(seed.a() ^ 1, seed.b(), seed.c(), seed.d());
    }
    return new Batch(
        new Batch.Header(h.view(), h.instance(), time, seed, h.proposedInRegency(), h.ancestor()),
        references);
  }

  public static Batch inRegency(Batch batch, long regency) {
    Batch.Header h = batch.header();
    return new Batch(
        new Batch.Header(
            h.view(), h.instance(), h.timestampMicros(), h.nonceSeed(), regency, h.ancestor()),
        batch.references());
  }

  /** What the conspirators know to have been proposed for the round, ascending by digest. */
  public static List<Batch> batchesAt(AdversaryContext context, long instance, long regency) {
    List<Batch> found = new ArrayList<>();
    for (Batch batch : context.conspiracy().batches.values()) {
      if (batch.instance() == instance && batch.header().proposedInRegency() == regency) {
        found.add(batch);
      }
    }
    found.sort(Comparator.comparing(Batch::digest));
    return found;
  }

  /** The latest known value for the instance that has another digest, or null. */
  public static Batch otherBatchAt(AdversaryContext context, long instance, Digest not) {
    Batch found = null;
    for (Batch batch : context.conspiracy().batches.values()) {
      if (batch.instance() == instance && !batch.digest().equals(not)) {
        found = batch;
      }
    }
    return found;
  }

  /** The latest known value for the highest instance up to this one, or null. */
  public static Batch latestBatch(AdversaryContext context, long upTo) {
    Batch found = null;
    for (Batch batch : context.conspiracy().batches.values()) {
      if (batch.instance() <= upTo && (found == null || batch.instance() >= found.instance())) {
        found = batch;
      }
    }
    return found;
  }

  public static void learn(AdversaryContext context, Batch batch) {
    context.conspiracy().batches.put(batch.digest(), batch);
  }

  // ---- requests

  /** Another operation under the same client, session and sequence, with the other's signature. */
  public static Request forged(SplittableRandom random, Request request) {
    byte[] operation = request.operation().array().clone();
    if (operation.length == 0) {
      operation = new byte[8];
    }
    operation[random.nextInt(operation.length)] ^= (byte) (1 + random.nextInt(255));
    return new Request(
        request.kind(),
        request.client(),
        request.session(),
        request.sequence(),
        new Bytes(operation),
        request.signature());
  }

  /** A request of a client that does not exist. */
  public static Request invented(SplittableRandom random) {
    return new Request(
        Request.Kind.ORDERED,
        new ClientId(random.nextLong(), random.nextLong()),
        1 + random.nextInt(1000),
        1 + random.nextInt(10),
        randomBytes(random, 8 + random.nextInt(64)),
        randomBytes(random, 32));
  }

  /** Any request that the conspirators saw, or null. */
  public static Request knownRequest(AdversaryContext context) {
    return randomValue(context.random(), context.conspiracy().requests.values());
  }

  public static <T> T randomValue(SplittableRandom random, Collection<T> values) {
    if (values.isEmpty()) {
      return null;
    }
    int skip = random.nextInt(values.size());
    for (T value : values) {
      if (skip-- == 0) {
        return value;
      }
    }
    return null;
  }

  // ---- synchronization phase

  /** Signed by the replica in it, if that is a conspirator; else with noise. */
  public static Message.SignedTestimony sign(AdversaryContext context, Testimony core) {
    Signer signer = signer(context, core.replica());
    return new Message.SignedTestimony(
        core,
        signer == null
            ? randomBytes(context.random(), 32)
            : signer.sign(Statements.stopData(context.cluster(), core)));
  }

  public static Message.Sync sync(
      AdversaryContext context,
      long regency,
      List<Message.SignedTestimony> entries,
      List<Certificate> certificates,
      List<Batch> values) {
    return new Message.Sync(
        regency,
        entries,
        certificates,
        values,
        context
            .signer()
            .sign(Statements.sync(context.cluster(), regency, context.self(), entries)));
  }

  /** A certificate with the given votes, whatever they are worth. */
  public static Certificate noiseCertificate(
      AdversaryContext context, long instance, long regency, Digest digest) {
    List<Certificate.Vote> votes = new ArrayList<>();
    for (var member : context.view().members()) {
      votes.add(
          new Certificate.Vote(
              member.replica(),
              acceptSignature(context, member.replica(), instance, regency, digest)));
    }
    return new Certificate(instance, regency, digest, votes);
  }
}
