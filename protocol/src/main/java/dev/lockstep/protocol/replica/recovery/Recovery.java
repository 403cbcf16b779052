package dev.lockstep.protocol.replica.recovery;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.ledger.CertificateCheck;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.Incarnations;
import dev.lockstep.protocol.replica.facts.Voice;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.kernel.DeliveryListener;
import dev.lockstep.protocol.replica.kernel.Durable;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.rules.RestartRule;
import dev.lockstep.protocol.view.Genesis;
import dev.lockstep.protocol.view.ViewHistory;
import dev.lockstep.protocol.view.VoteSet;
import java.util.function.IntConsumer;

/**
 * What a replica may still say after it lost its votes (RULES 27), or when its votes reach further
 * than its log (RULES 26).
 *
 * <pre>
 *   votes lost -> learner: RECOVER(0) to all -> Q answers: highest known incarnation, highest M
 *              -> RECOVER(1 + highest): each acknowledger syncs it -> Q acknowledged it
 *              -> own header {incarnation, M + 2W} durable -> muted: no vote up to M + 2W
 *              -> delivered M + 2W -> an ordinary replica
 * </pre>
 *
 * <p>An incarnation is claimed with the replica's own signature, which acknowledgers keep and show:
 * nobody can invent a high one for another.
 */
public final class Recovery implements DeliveryListener {
  private final int self;
  private final Genesis genesis;
  private final ViewHistory views;
  private final Clock clock;
  private final Outbox out;
  private final Durable durable;
  private final DecisionLog log;
  private final Voice voice;
  private final Incarnations incarnations;
  private final CertificateCheck certificates;
  private final Signer signer;
  private final Verifier verifier;
  private final RestartRule rule;
  private final Digest entropy;
  private final long period;
  private final IntConsumer forget;
  private long nonce;
  private boolean concluding;

  /** Who answered, and who acknowledged the claim. */
  private VoteSet replied;

  private VoteSet acknowledged;
  private long highestKnown;
  private long highestCertified;
  private long nextRequest = Long.MAX_VALUE;

  /**
   * @param period how often the others are asked, in microseconds
   * @param forget told of a replica that lost its votes: what it stated before does not count
   */
  public Recovery(
      int self,
      Genesis genesis,
      ViewHistory views,
      Clock clock,
      Outbox out,
      Durable durable,
      DecisionLog log,
      Voice voice,
      Incarnations incarnations,
      CertificateCheck certificates,
      Signer signer,
      Verifier verifier,
      RestartRule rule,
      Digest entropy,
      long period,
      IntConsumer forget) {
    this.self = self;
    this.genesis = genesis;
    this.views = views;
    this.clock = clock;
    this.out = out;
    this.durable = durable;
    this.log = log;
    this.voice = voice;
    this.incarnations = incarnations;
    this.certificates = certificates;
    this.signer = signer;
    this.verifier = verifier;
    this.rule = rule;
    this.entropy = entropy;
    this.period = period;
    this.forget = forget;
    replied = views.installing().none();
    acknowledged = views.installing().none();
  }

  @Override
  public void onDelivered() {
    if (!voice.isLearner() && voice.muteUntil() > 0 && log.last() == voice.muteUntil()) {
      out.count(Event.RECOVERED);
    }
  }

  @Override
  public void onProved() {
    onDelivered();
  }

  public void startLearning() {
    voice.learn();
    nonce = new Encoder(64).label("LOCKSTEP-RECOVER").digest(entropy).i64(clock.now()).hash().a();
    nextRequest = clock.now();
    out.count(Event.LEARNER);
  }

  public long nextDeadline() {
    return nextRequest;
  }

  public void onTime() {
    if (voice.isLearner() && !concluding && clock.now() >= nextRequest) {
      nextRequest = clock.now() + period;
      ask();
    }
  }

  private void ask() {
    long claim = incarnations.ownClaim();
    Bytes signature =
        claim > 0 && genesis.byzantine()
            ? signer.sign(Statements.incarnation(genesis.cluster(), self, claim))
            : Bytes.EMPTY;
    out.broadcast(new Message.Recover(nonce, claim, signature));
  }

  public void onReply(int sender, Message.RecoverReply reply) {
    if (!voice.isLearner() || concluding || reply.nonce() != nonce || reply.lastDelivered() < 0) {
      return;
    }
    if (!isProved(reply)) {
      out.count(Event.BAD_CERTIFICATE, sender);
      return;
    }
    long claim = incarnations.ownClaim();
    highestKnown = Math.max(highestKnown, reply.incarnation());
    highestCertified = Math.max(highestCertified, reply.lastDelivered());
    replied.add(sender);
    if (claim > 0 && reply.incarnation() == claim) {
      acknowledged.add(sender);
    }
    if (claim > 0 && highestKnown > claim || claim == 0 && replied.isVoteQuorum()) {
      incarnations.setOwnClaim(highestKnown + 1);
      acknowledged = views.installing().none();
      ask();
    } else if (claim > 0 && acknowledged.isVoteQuorum()) {
      conclude();
    }
  }

  private boolean isProved(Message.RecoverReply reply) {
    if (!genesis.byzantine()) {
      return reply.incarnation() >= 0;
    }
    boolean claimed =
        reply.incarnation() == 0
            || (reply.incarnation() > 0
                && verifier.replica(
                    self,
                    Statements.incarnation(genesis.cluster(), self, reply.incarnation()),
                    reply.claimSignature()));
    Certificate certificate = reply.certificate();
    return claimed
        && (reply.lastDelivered() == 0
            || (certificate != null
                && certificate.instance() == reply.lastDelivered()
                && certificates.isValid(certificate)));
  }

  private void conclude() {
    concluding = true;
    long until = rule.muteUntil(Math.max(highestCertified, log.last()), genesis.window());
    long taken = incarnations.ownClaim();
    durable.persist(
        new Record.Muted(taken, until),
        () -> {
          voice.mute(taken, until);
          nextRequest = Long.MAX_VALUE;
          out.trace("recovered", "incarnation " + taken + " muted until " + until);
        });
  }

  public void onRecover(int sender, Message.Recover request) {
    if (!voice.mayTestify()) {
      return;
    }
    if (request.incarnation() <= incarnations.of(sender)) {
      reply(sender, request.nonce());
      return;
    }
    if (request.incarnation() > Long.MAX_VALUE / 2
        || (genesis.byzantine()
            && !verifier.replica(
                sender,
                Statements.incarnation(genesis.cluster(), sender, request.incarnation()),
                request.signature()))) {
      out.count(Event.BAD_SIGNATURE, sender);
      return;
    }
    // Refused from now on, acknowledged once synced.
    incarnations.raise(sender, request.incarnation(), request.signature());
    forget.accept(sender);
    durable.persist(
        new Record.Incarnation(sender, request.incarnation(), request.signature()),
        () -> reply(sender, request.nonce()));
  }

  private void reply(int to, long requestNonce) {
    long last = log.last();
    out.send(
        to,
        new Message.RecoverReply(
            requestNonce,
            incarnations.of(to),
            incarnations.signatureOf(to),
            last,
            last == 0 || !genesis.byzantine() ? null : log.certificateOrNull(last)));
  }

  public String describe() {
    return "incarnation "
        + voice.incarnation()
        + (voice.isLearner() ? " LEARNER claims " + incarnations.ownClaim() : "")
        + (voice.learnUntil() > 0 ? " silent until " + voice.learnUntil() : "");
  }
}
