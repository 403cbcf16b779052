package dev.lockstep.protocol.replica.regency;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.ledger.CertificateCheck;
import dev.lockstep.protocol.ledger.ClaimCheck;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Claim;
import dev.lockstep.protocol.message.Message.SignedTestimony;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.Incarnations;
import dev.lockstep.protocol.replica.facts.Slot;
import dev.lockstep.protocol.replica.facts.Window;
import dev.lockstep.protocol.rules.EntryRule;
import dev.lockstep.protocol.view.Genesis;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What makes an entry of a SYNC count: its sender's signature, its form, certificates for all that
 * it calls decided, and that no other entry of the SYNC shows that its sender lost its votes since.
 * The leader asks before it collects an entry, every receiver again before it believes the leader;
 * what a replica knows besides has no influence on the answers (RULES 27).
 */
public final class Entries {
  private final Genesis genesis;
  private final DecisionLog log;
  private final Window window;
  private final Incarnations incarnations;
  private final CertificateCheck certificates;
  private final ClaimCheck claims;
  private final Verifier verifier;
  private final EntryRule rule;

  public Entries(
      Genesis genesis,
      DecisionLog log,
      Window window,
      Incarnations incarnations,
      CertificateCheck certificates,
      ClaimCheck claims,
      Verifier verifier,
      EntryRule rule) {
    this.genesis = genesis;
    this.log = log;
    this.window = window;
    this.incarnations = incarnations;
    this.certificates = certificates;
    this.claims = claims;
    this.verifier = verifier;
    this.rule = rule;
  }

  /** Whether its sender made the entry. In crash mode nobody signs (RULES 4). */
  boolean isAuthentic(SignedTestimony entry) {
    return !genesis.byzantine()
        || verifier.replica(
            entry.core().replica(),
            Statements.stopData(genesis.cluster(), entry.core()),
            entry.signature());
  }

  /** Whether some entry shows that the sender of another one lost its votes since (RULES 27). */
  boolean hasOutdated(List<Testimony> cores) {
    return cores.stream()
        .anyMatch(core -> cores.stream().anyMatch(shows -> rule.isOutdated(core, shows)));
  }

  /** Whether the second entry shows that the sender of the first lost its votes since. */
  boolean isOutdated(Testimony core, Testimony shows) {
    return rule.isOutdated(core, shows);
  }

  /**
   * Whether those who are said to have lost their votes say so themselves.
   *
   * @param genuine claims that were checked already; what is checked here is added
   */
  boolean areGenuine(List<Claim> given, Set<Claim> genuine) {
    for (Claim claim : given) {
      if (!incarnations.isAcknowledged(claim) && !genuine.contains(claim)) {
        if (!claims.isGenuine(claim)) {
          return false;
        }
        genuine.add(claim);
      }
    }
    return true;
  }

  /** All that the entries call decided. */
  static Set<Testimony.Decided> decidedIn(List<Testimony> cores) {
    Set<Testimony.Decided> decided = new HashSet<>();
    for (Testimony core : cores) {
      decided.addAll(core.prefix());
      for (Testimony.Open open : core.open()) {
        if (open.decided() != null) {
          decided.add(new Testimony.Decided(open.instance(), open.decided()));
        }
      }
    }
    return decided;
  }

  /**
   * Whether the entry is well-formed and what it calls decided is proved.
   *
   * @param proofs as {@link #verifiedOrNull} gives them
   */
  boolean isValid(Testimony core, long regency, Map<Long, Map<Digest, Certificate>> proofs) {
    return rule.isValid(core, regency, genesis.window(), proofsIn(proofs));
  }

  /**
   * The certificates by instance and digest, or null if one of them is invalid, proves nothing that
   * is wanted, or is there twice.
   *
   * @param wanted what is called decided
   */
  Map<Long, Map<Digest, Certificate>> verifiedOrNull(
      List<Certificate> given, Set<Testimony.Decided> wanted) {
    Set<Testimony.Decided> unproved = new HashSet<>(wanted);
    for (Certificate certificate : given) {
      if (!unproved.remove(new Testimony.Decided(certificate.instance(), certificate.digest()))) {
        return null;
      }
    }
    Map<Long, Map<Digest, Certificate>> result = new HashMap<>();
    for (Certificate certificate : given) {
      if (!isKnown(certificate) && !certificates.isValid(certificate)) {
        return null;
      }
      result
          .computeIfAbsent(certificate.instance(), any -> new HashMap<>())
          .putIfAbsent(certificate.digest(), certificate);
    }
    return result;
  }

  /** What is decided here needs no second check of its signatures. */
  private boolean isKnown(Certificate certificate) {
    long t = certificate.instance();
    if (t >= 1 && t <= log.last()) {
      return certificate.equals(log.certificateOrNull(t));
    }
    Slot slot = window.slotOrNull(t);
    return slot != null && certificate.equals(slot.consensus.decision());
  }

  /** In crash mode the word of a replica is proof enough (RULES 4). */
  private EntryRule.Proofs proofsIn(Map<Long, Map<Digest, Certificate>> offered) {
    if (!genesis.byzantine()) {
      return (instance, digest) -> true;
    }
    return (instance, digest) -> {
      Map<Digest, Certificate> byDigest = offered.get(instance);
      return byDigest != null && byDigest.containsKey(digest);
    };
  }
}
