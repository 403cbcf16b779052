package dev.lockstep.simulator.adversary;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Statements;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Genuine ACCEPT signatures of others. With those of the conspirators they may make a certificate
 * that no correct replica has, and they are the raw material of certificates that only look
 * genuine.
 */
public final class Ballots {
  private record Choice(long instance, long regency, Digest digest) {}

  private final Recent<Choice, TreeMap<Integer, Bytes>> votes = new Recent<>(64);

  public void hear(AdversaryContext context, int from, Message.ReplicaMessage message) {
    if (!(message instanceof Message.Accept accept)) {
      return;
    }
    byte[] statement =
        Statements.accept(
            context.cluster(),
            context.view().id(),
            accept.instance(),
            accept.regency(),
            accept.digest(),
            from);
    if (!context.verifier().replica(from, statement, accept.signature())) {
      return;
    }
    Choice choice = new Choice(accept.instance(), accept.regency(), accept.digest());
    TreeMap<Integer, Bytes> heard = votes.computeIfAbsent(choice, key -> new TreeMap<>());
    heard.put(from, accept.signature());
    Certificate certificate = complete(context, choice, heard);
    if (certificate != null) {
      context.conspiracy().learn(certificate);
    }
  }

  private static Certificate complete(
      AdversaryContext context, Choice choice, TreeMap<Integer, Bytes> heard) {
    List<Certificate.Vote> all = votes(context, choice, heard);
    long mask = 0;
    for (Certificate.Vote vote : all) {
      mask |= context.quorums().bit(vote.replica());
    }
    return context.quorums().isVoteQuorum(mask)
        ? new Certificate(choice.instance, choice.regency, choice.digest, all)
        : null;
  }

  private static List<Certificate.Vote> votes(
      AdversaryContext context, Choice choice, Map<Integer, Bytes> heard) {
    TreeMap<Integer, Bytes> all = new TreeMap<>(heard);
    for (int conspirator : context.conspirators()) {
      if (Forge.signer(context, conspirator) != null) {
        all.put(
            conspirator,
            Forge.acceptSignature(
                context, conspirator, choice.instance, choice.regency, choice.digest));
      }
    }
    List<Certificate.Vote> list = new ArrayList<>();
    all.forEach((replica, signature) -> list.add(new Certificate.Vote(replica, signature)));
    return list;
  }

  /** Genuine votes for the digest, of any regency, fewer than a quorum: never a certificate. */
  public Certificate tooFew(AdversaryContext context, long instance, Digest digest) {
    Map<Integer, Bytes> heard = Map.of();
    long regency = context.regency();
    for (Map.Entry<Choice, TreeMap<Integer, Bytes>> entry : votes.entrySet()) {
      if (entry.getKey().instance == instance && entry.getKey().digest.equals(digest)) {
        heard = entry.getValue();
        regency = entry.getKey().regency;
      }
    }
    List<Certificate.Vote> chosen = new ArrayList<>();
    long mask = 0;
    for (Certificate.Vote vote : votes(context, new Choice(instance, regency, digest), heard)) {
      long more = mask | context.quorums().bit(vote.replica());
      if (!context.quorums().isVoteQuorum(more)) {
        mask = more;
        chosen.add(vote);
      }
    }
    return new Certificate(instance, regency, digest, chosen);
  }

  /** All votes heard for the instance, whatever their digest and regency, as if for this digest. */
  public Certificate mixed(AdversaryContext context, long instance, Digest digest) {
    TreeMap<Integer, Bytes> all = new TreeMap<>();
    long regency = context.regency();
    for (Map.Entry<Choice, TreeMap<Integer, Bytes>> entry : votes.entrySet()) {
      if (entry.getKey().instance == instance) {
        all.putAll(entry.getValue());
        regency = entry.getKey().regency;
      }
    }
    return new Certificate(
        instance, regency, digest, votes(context, new Choice(instance, regency, digest), all));
  }
}
