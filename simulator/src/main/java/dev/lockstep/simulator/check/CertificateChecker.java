package dev.lockstep.simulator.check;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Sighting;
import dev.lockstep.simulator.Sighting.Persisting;
import dev.lockstep.simulator.Sighting.Sent;
import dev.lockstep.simulator.Violation;
import java.util.List;

/**
 * I6: every certificate that a correct replica stores or passes on verifies, proves what it is
 * passed on for, and every claim that needs one has one. In crash mode certificates carry no votes,
 * so only their claim is compared.
 */
public final class CertificateChecker implements Observer {
  /** A power of two. */
  private static final int REMEMBERED = 4096;

  private final CheckContext context;
  private final Group group;

  /** The same objects go to every receiver and are passed on again and again: verify each once. */
  private final Certificate[] verified = new Certificate[REMEMBERED];

  private final Message.SignedTestimony[] verifiedStops = new Message.SignedTestimony[REMEMBERED];
  private Message.Sync lastSync;

  public CertificateChecker(CheckContext context) {
    this.context = context;
    group = new Group(context.view(), context.byzantine());
  }

  @Override
  public void saw(long now, Sighting sighting) {
    if (sighting instanceof Sent seen) {
      sent(seen.from(), seen.message());
    } else if (sighting instanceof Persisting seen) {
      persisting(seen.replica(), seen.record());
    }
  }

  private void persisting(int replica, Record record) {
    if (record instanceof Record.Decided decided) {
      decision(replica, decided.batch(), decided.certificate());
    }
  }

  private void sent(int from, Message.ReplicaMessage message) {
    if (message instanceof Message.Decision decision) {
      decision(from, decision.batch(), decision.certificate());
    } else if (message instanceof Message.StopData stop) {
      stopData(from, stop);
    } else if (message instanceof Message.Sync sync) {
      if (sync != lastSync) {
        sync(from, sync);
        lastSync = sync;
      }
    } else if (message instanceof Message.RecoverReply reply) {
      recoverReply(from, reply);
    }
  }

  private void decision(int replica, Batch batch, Certificate certificate) {
    if (certificate == null) {
      if (group.isByzantineMode()) {
        throw new Violation("I6", "replica " + replica + " has no certificate for " + batch);
      }
      return;
    }
    if (certificate.instance() != batch.instance()
        || !certificate.digest().equals(batch.digest())) {
      throw new Violation(
          "I6", "replica " + replica + " has for " + batch + " the certificate " + certificate);
    }
    verify(replica, certificate);
  }

  private void stopData(int replica, Message.StopData stop) {
    Testimony core = stop.testimony().core();
    for (Certificate certificate : stop.certificates()) {
      verify(replica, certificate);
    }
    if (core.replica() != replica) {
      throw new Violation("I6", "replica " + replica + " sends a STOPDATA of " + core.replica());
    }
    claims(replica, core, stop.certificates());
    signature(replica, stop.testimony());
  }

  private void sync(int replica, Message.Sync sync) {
    for (Certificate certificate : sync.certificates()) {
      verify(replica, certificate);
    }
    long members = 0;
    for (Message.SignedTestimony entry : sync.entries()) {
      Testimony core = entry.core();
      long bit = group.bit(core.replica());
      if (bit == 0 || (members & bit) != 0 || core.regency() != sync.regency()) {
        throw new Violation(
            "I6", "replica " + replica + " sends a SYNC with a wrong entry " + core);
      }
      members |= bit;
      claims(replica, core, sync.certificates());
      signature(replica, entry);
    }
    if (!group.isVoteQuorum(members)) {
      throw new Violation(
          "I6", "replica " + replica + " sends a SYNC with too few entries: " + sync.entries());
    }
    if (group.isByzantineMode()) {
      int leader = context.view().leader(sync.regency());
      byte[] statement = Statements.sync(context.cluster(), sync.regency(), leader, sync.entries());
      if (!context.verifier().replica(leader, statement, sync.signature())) {
        throw new Violation("I6", "replica " + replica + " sends a SYNC with a bad signature");
      }
    }
  }

  private void recoverReply(int replica, Message.RecoverReply reply) {
    Certificate certificate = reply.certificate();
    if (certificate == null) {
      if (group.isByzantineMode() && reply.lastDelivered() > 0) {
        throw new Violation(
            "I6", "replica " + replica + " does not prove that it delivered " + reply);
      }
      return;
    }
    if (certificate.instance() != reply.lastDelivered()) {
      throw new Violation(
          "I6", "replica " + replica + " proves " + reply.lastDelivered() + " with " + certificate);
    }
    verify(replica, certificate);
  }

  /** What a STOPDATA calls decided must be complete, and proved by what travels with it. */
  private void claims(int replica, Testimony core, List<Certificate> certificates) {
    int window = context.view().window();
    long first = Math.max(1, core.lastDelivered() - window + 1);
    if (core.prefix().size() != core.lastDelivered() - first + 1) {
      throw new Violation(
          "I6", "replica " + replica + " sends a STOPDATA with an incomplete prefix: " + core);
    }
    for (int i = 0; i < core.prefix().size(); i++) {
      Testimony.Decided decided = core.prefix().get(i);
      if (decided.instance() != first + i) {
        throw new Violation(
            "I6", "replica " + replica + " sends a STOPDATA with a broken prefix: " + core);
      }
      claim(replica, decided.instance(), decided.digest(), certificates);
    }
    for (Testimony.Open open : core.open()) {
      if (open.instance() <= core.lastDelivered()
          || open.instance() > core.lastDelivered() + window) {
        throw new Violation(
            "I6", "replica " + replica + " sends a STOPDATA beyond its window: " + core);
      }
      if (open.decided() != null) {
        claim(replica, open.instance(), open.decided(), certificates);
      }
    }
  }

  private void claim(int replica, long instance, Digest digest, List<Certificate> certificates) {
    if (!group.isByzantineMode()) {
      return;
    }
    for (Certificate certificate : certificates) {
      if (certificate.instance() == instance && certificate.digest().equals(digest)) {
        return;
      }
    }
    throw new Violation(
        "I6",
        "replica " + replica + " claims without certificate that " + instance + " is decided");
  }

  private void signature(int replica, Message.SignedTestimony entry) {
    int slot = System.identityHashCode(entry) & (REMEMBERED - 1);
    if (!group.isByzantineMode() || verifiedStops[slot] == entry) {
      return;
    }
    byte[] statement = Statements.stopData(context.cluster(), entry.core());
    if (!context.verifier().replica(entry.core().replica(), statement, entry.signature())) {
      throw new Violation(
          "I6", "replica " + replica + " sends a STOPDATA with a bad signature: " + entry.core());
    }
    verifiedStops[slot] = entry;
  }

  private void verify(int replica, Certificate certificate) {
    int slot = System.identityHashCode(certificate) & (REMEMBERED - 1);
    if (!group.isByzantineMode() || verified[slot] == certificate) {
      return;
    }
    String fault = fault(certificate);
    if (fault != null) {
      throw new Violation(
          "I6",
          "replica "
              + replica
              + " has a certificate for "
              + certificate.digest()
              + " at "
              + certificate.instance()
              + " in regency "
              + certificate.regency()
              + " that "
              + fault);
    }
    verified[slot] = certificate;
  }

  /** Returns null when the certificate proves its digest. */
  private String fault(Certificate certificate) {
    if (certificate.instance() < 1 || certificate.regency() < 0) {
      return "names no instance";
    }
    long members = 0;
    for (Certificate.Vote vote : certificate.votes()) {
      long bit = group.bit(vote.replica());
      if (bit == 0) {
        return "has a vote of " + vote.replica() + ", no member";
      }
      if ((members & bit) != 0) {
        return "has two votes of " + vote.replica();
      }
      members |= bit;
      byte[] statement =
          Statements.accept(
              context.cluster(),
              context.view().id(),
              certificate.instance(),
              certificate.regency(),
              certificate.digest(),
              vote.replica());
      if (!context.verifier().replica(vote.replica(), statement, vote.signature())) {
        return "has a bad signature of " + vote.replica();
      }
    }
    return group.isVoteQuorum(members)
        ? null
        : "has votes of weight " + group.weight(members) + " only";
  }
}
