package dev.lockstep.protocol.replica.recovery;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.ledger.CertificateCheck;
import dev.lockstep.protocol.ledger.ClaimCheck;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Claim;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.RecoverReply;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.Incarnations;
import dev.lockstep.protocol.replica.facts.Regency;
import dev.lockstep.protocol.replica.facts.Voice;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.kernel.DeliveryListener;
import dev.lockstep.protocol.replica.kernel.Durable;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.rules.RestartRule;
import dev.lockstep.protocol.view.Genesis;
import dev.lockstep.protocol.view.PeerTable;
import dev.lockstep.protocol.view.ViewHistory;
import dev.lockstep.protocol.view.VoteSet;
import java.util.ArrayList;
import java.util.List;

/**
 * What a replica may still say after it lost its votes (RULES 27), or when its votes reach further
 * than its log (RULES 26).
 *
 * <pre>
 *   votes lost -&gt; learner: RECOVER(0) to all -&gt; Q answers: highest known incarnation
 *              -&gt; RECOVER(1 + highest): each acknowledger syncs it, and answers with its promise
 *                 and all that it acknowledged of others
 *              -&gt; Q answers that {@linkplain RestartRule#counts count}: highest M
 *              -&gt; what they acknowledged and {incarnation, M + 2W} durable
 *              -&gt; muted: no vote up to M + 2W
 *              -&gt; delivered M + 2W -&gt; an ordinary replica
 * </pre>
 *
 * <p>An incarnation is claimed with the replica's own signature, which acknowledgers keep and show:
 * nobody can invent a high one for another.
 */
public final class Recovery implements DeliveryListener {
  /** Answers of one replica that are looked at each time this one asks: checking them is work. */
  private static final int MOST_ANSWERS = 4;

  /** Beyond this no replica lost its votes, and numbers above it could overflow. */
  private static final long HIGHEST = Long.MAX_VALUE / 2;

  /** How often the others are asked before one of them may claim once more. */
  private static final int PERIODS_PER_CLAIM = 10;

  /** What another replica answered. */
  private static final class Answer {
    /** The last one that is proved, or null. */
    RecoverReply reply;

    /** Answers since this replica asked last. */
    int count;
  }

  private final int self;
  private final Genesis genesis;
  private final ViewHistory views;
  private final Clock clock;
  private final Outbox out;
  private final Durable durable;
  private final DecisionLog log;
  private final Regency regency;
  private final Voice voice;
  private final Incarnations incarnations;
  private final CertificateCheck certificates;
  private final ClaimCheck claims;
  private final ClaimBudget budget;
  private final Signer signer;
  private final RestartRule rule;
  private final Digest entropy;
  private final long period;
  private final PeerTable<Answer> answers;
  private long nonce;
  private boolean concluding;

  /** The incarnation that this replica claims; 0 before it knows which were taken. */
  private long ownClaim;

  private long nextRequest = Long.MAX_VALUE;

  /**
   * @param period how often the others are asked, in microseconds
   */
  public Recovery(
      int self,
      Genesis genesis,
      ViewHistory views,
      Clock clock,
      Outbox out,
      Durable durable,
      DecisionLog log,
      Regency regency,
      Voice voice,
      Incarnations incarnations,
      CertificateCheck certificates,
      ClaimCheck claims,
      Signer signer,
      RestartRule rule,
      Digest entropy,
      long period) {
    this.self = self;
    this.genesis = genesis;
    this.views = views;
    this.clock = clock;
    this.out = out;
    this.durable = durable;
    this.log = log;
    this.regency = regency;
    this.voice = voice;
    this.incarnations = incarnations;
    this.certificates = certificates;
    this.claims = claims;
    budget = new ClaimBudget(views, clock, PERIODS_PER_CLAIM * period);
    this.signer = signer;
    this.rule = rule;
    this.entropy = entropy;
    this.period = period;
    answers = new PeerTable<>(views.peers(), id -> new Answer());
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

  // -------- a replica that lost its votes

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
    Bytes signature =
        ownClaim > 0 && genesis.byzantine()
            ? signer.sign(Statements.incarnation(genesis.cluster(), self, ownClaim))
            : Bytes.EMPTY;
    answers.forEachState(answer -> answer.count = 0);
    out.broadcast(new Message.Recover(nonce, ownClaim, signature));
  }

  public void onReply(int sender, RecoverReply reply) {
    Answer answer = answers.of(sender);
    if (!voice.isLearner()
        || concluding
        || reply.nonce() != nonce
        || ++answer.count > MOST_ANSWERS) {
      return;
    }
    if (!isProved(sender, reply)) {
      out.count(Event.BAD_CERTIFICATE, sender);
      return;
    }
    answer.reply = reply;
    evaluate();
  }

  private boolean isProved(int sender, RecoverReply reply) {
    Certificate certificate = reply.certificate();
    return reply.lastDelivered() >= 0
        && reply.incarnation() >= 0
        && reply.incarnation() < HIGHEST
        && reply.acknowledged().size() < views.peers().size()
        && (reply.incarnation() == 0
            || isGenuine(new Claim(self, reply.incarnation(), reply.claimSignature())))
        && (reply.lastDelivered() == 0
            || !genesis.byzantine()
            || (certificate != null
                && certificate.instance() == reply.lastDelivered()
                && certificates.isValid(certificate)))
        && reply.acknowledged().stream().allMatch(this::isGenuine);
  }

  private boolean isGenuine(Claim claim) {
    return incarnations.isAcknowledged(claim) || claims.isGenuine(claim);
  }

  /** Claims what nobody took, until enough know it. */
  private void evaluate() {
    VoteSet replied = views.installing().none();
    long highest = 0;
    for (int i = 0; i < answers.size(); i++) {
      RecoverReply reply = answers.at(i).reply;
      if (reply != null) {
        replied.add(answers.idAt(i));
        highest = Math.max(highest, reply.incarnation());
      }
    }
    if (ownClaim == 0 ? replied.isVoteQuorum() : highest > ownClaim) {
      ownClaim = highest + 1;
      ask();
    } else if (ownClaim > 0) {
      maybeConclude();
    }
  }

  private void maybeConclude() {
    VoteSet counted = views.installing().none();
    List<RecoverReply> replies = new ArrayList<>();
    for (int i = 0; i < answers.size(); i++) {
      RecoverReply reply = answers.at(i).reply;
      if (reply != null
          && reply.incarnation() == ownClaim
          && rule.counts(reply.promised(), regency.lastSynced())
          && !isOutdated(answers.idAt(i), reply)) {
        counted.add(answers.idAt(i));
        replies.add(reply);
      }
    }
    if (counted.isVoteQuorum()) {
      conclude(replies);
    }
  }

  /** Whether another answer shows that the sender of this one lost its votes since. */
  private boolean isOutdated(int sender, RecoverReply reply) {
    boolean[] outdated = {false};
    answers.forEachState(
        other -> {
          if (other.reply != null) {
            for (Claim claim : other.reply.acknowledged()) {
              outdated[0] |=
                  claim.replica() == sender && claim.incarnation() > reply.senderIncarnation();
            }
          }
        });
    return outdated[0];
  }

  /** What it acknowledged in earlier lives is with those who answered (F24). */
  private void conclude(List<RecoverReply> replies) {
    concluding = true;
    long certified = log.last();
    for (RecoverReply reply : replies) {
      certified = Math.max(certified, reply.lastDelivered());
      for (Claim claim : reply.acknowledged()) {
        if (claim.replica() != self && incarnations.begin(claim)) {
          durable.persist(
              new Record.Incarnation(claim.replica(), claim.incarnation(), claim.signature()),
              () -> incarnations.acknowledge(claim));
        }
      }
    }
    long until = rule.muteUntil(certified, genesis.window());
    long taken = ownClaim;
    durable.persist(
        new Record.Muted(taken, until),
        () -> {
          voice.mute(taken, until);
          nextRequest = Long.MAX_VALUE;
          out.trace("recovered", "incarnation " + taken + " muted until " + until);
        });
  }

  // -------- those that it asks

  public void onRecover(int sender, Message.Recover request) {
    if (!voice.mayTestify()) {
      return;
    }
    if (request.incarnation() <= incarnations.of(sender)) {
      reply(sender, request.nonce());
      return;
    }
    if (incarnations.isBegun(sender, request.incarnation())) {
      return; // answered when it is durable
    }
    if (!budget.pay(sender)) {
      out.count(Event.OVER_BUDGET, sender);
      return;
    }
    Claim claim = new Claim(sender, request.incarnation(), request.signature());
    if (claim.incarnation() >= HIGHEST || !isGenuine(claim)) {
      out.count(Event.BAD_SIGNATURE, sender);
      return;
    }
    incarnations.begin(claim);
    durable.persist(
        new Record.Incarnation(sender, claim.incarnation(), claim.signature()),
        () -> {
          incarnations.acknowledge(claim);
          reply(sender, request.nonce());
        });
  }

  private void reply(int to, long requestNonce) {
    long last = log.last();
    out.send(
        to,
        new RecoverReply(
            requestNonce,
            incarnations.of(to),
            incarnations.signatureOf(to),
            voice.incarnation(),
            rule.named(regency.installed(), regency.lastSynced()),
            last,
            last == 0 || !genesis.byzantine() ? null : log.certificateOrNull(last),
            incarnations.acknowledgedBut(to)));
  }

  public String describe() {
    return "incarnation "
        + voice.incarnation()
        + (voice.isLearner() ? " LEARNER claims " + ownClaim : "")
        + (voice.learnUntil() > 0 ? " silent until " + voice.learnUntil() : "");
  }
}
