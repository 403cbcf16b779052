package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.port.Actions.Event;
import dev.lockstep.protocol.record.Record;
import java.util.Arrays;

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
final class Recovery {
  private static final class Known {
    long incarnation;
    Bytes signature = Bytes.EMPTY;
  }

  private final Replica replica;

  /** What this replica acknowledged of others, by position. */
  private final Known[] known;

  /** This replica's own incarnation. */
  private long incarnation;

  /** No vote up to here (RULES 27). */
  private long muteUntil;

  /** No word about votes before this is delivered (RULES 26). */
  private long silentUntil;

  /** Highest instance voted on before a restart: reads wait for its delivery. */
  private long readsFrom;

  private boolean learner;
  private long claim;
  private long nonce;
  private boolean concluding;
  private final boolean[] replied;
  private final boolean[] acknowledged;
  private long highestKnown;
  private long highestCertified;
  private long nextRequest = Long.MAX_VALUE;

  Recovery(Replica replica) {
    this.replica = replica;
    int n = replica.view().size();
    known = new Known[n];
    for (int i = 0; i < n; i++) {
      known[i] = new Known();
    }
    replied = new boolean[n];
    acknowledged = new boolean[n];
  }

  long incarnation() {
    return incarnation;
  }

  /** The incarnation below which nothing of a replica counts; this replica's own included. */
  long knownIncarnation(int other) {
    if (other == replica.id()) {
      return Math.max(incarnation, claim);
    }
    int member = replica.view().indexOf(other);
    return member < 0 ? Long.MAX_VALUE : known[member].incarnation;
  }

  void restoreKnown(Record.Incarnation record) {
    int member = replica.view().indexOf(record.replica());
    if (member >= 0 && record.incarnation() > known[member].incarnation) {
      known[member].incarnation = record.incarnation();
      known[member].signature = record.claimSignature();
    }
  }

  void restoreMuted(Record.Muted record) {
    incarnation = Math.max(incarnation, record.incarnation());
    muteUntil = Math.max(muteUntil, record.muteUntil());
  }

  void restoreVotes(long highestVoted) {
    readsFrom = replica.rules().restart().readsFrom(highestVoted);
    silentUntil = replica.rules().restart().silentUntil(highestVoted, replica.view().window());
  }

  /** Another state was taken up: reads wait for everything that this replica may have voted on. */
  void onLowered(long highestVoted) {
    readsFrom = Math.max(readsFrom, highestVoted);
  }

  // ---- what may be said
  // -------------------------------------------------------------------------------

  boolean mayVote(long instance) {
    return !learner
        && !replica.isTentative()
        && instance > muteUntil
        && replica.lastDelivered() >= silentUntil;
  }

  /** Whether STOPDATA of this replica is complete. */
  boolean mayTestify() {
    return !learner
        && !replica.isTentative()
        && replica.lastDelivered() >= muteUntil
        && replica.lastDelivered() >= silentUntil;
  }

  /**
   * Whether a read may be answered on the delivered state. A write that was acknowledged at t left
   * votes at t with a quorum, and every read quorum meets it in a correct replica. That replica may
   * have delivered t and forgotten the delivery in a crash, but not its vote: it must not answer
   * before it has delivered up to its votes again, nor, if it lost them, before it is a full
   * member.
   */
  boolean mayAnswerReads() {
    return mayTestify() && replica.lastDelivered() >= readsFrom;
  }

  /** The instance that this replica must deliver before it is a full member again, or 0. */
  long learnUntil() {
    long until = Math.max(muteUntil, silentUntil);
    return !learner && replica.lastDelivered() < until ? until : 0;
  }

  void onDelivered() {
    if (!learner && muteUntil > 0 && replica.lastDelivered() == muteUntil) {
      replica.count(Event.RECOVERED, -1);
    }
  }

  // ---- the replica that lost its votes
  // ------------------------------------------------------------------

  void startLearning() {
    learner = true;
    nonce =
        new Encoder(64)
            .label("LOCKSTEP-RECOVER")
            .digest(replica.config().entropy())
            .i64(replica.now())
            .hash()
            .a();
    nextRequest = replica.now();
    replica.count(Event.LEARNER, -1);
  }

  long nextDeadline() {
    return nextRequest;
  }

  void onTime() {
    if (learner && !concluding && replica.now() >= nextRequest) {
      nextRequest = replica.now() + replica.config().timing().statusPeriod();
      ask();
    }
  }

  private void ask() {
    Bytes signature =
        claim > 0 && replica.view().byzantine()
            ? replica.signer().sign(Statements.incarnation(replica.cluster(), replica.id(), claim))
            : Bytes.EMPTY;
    replica.broadcast(new Message.Recover(nonce, claim, signature));
  }

  void onReply(int sender, int member, Message.RecoverReply reply) {
    if (!learner || concluding || reply.nonce() != nonce || reply.lastDelivered() < 0) {
      return;
    }
    if (!isProved(reply)) {
      replica.count(Event.BAD_CERTIFICATE, sender);
      return;
    }
    highestKnown = Math.max(highestKnown, reply.incarnation());
    highestCertified = Math.max(highestCertified, reply.lastDelivered());
    replied[member] = true;
    acknowledged[member] |= claim > 0 && reply.incarnation() == claim;
    if (claim > 0 && highestKnown > claim || claim == 0 && isQuorum(replied)) {
      claim = highestKnown + 1;
      Arrays.fill(acknowledged, false);
      ask();
    } else if (claim > 0 && isQuorum(acknowledged)) {
      conclude();
    }
  }

  private boolean isProved(Message.RecoverReply reply) {
    if (!replica.view().byzantine()) {
      return reply.incarnation() >= 0;
    }
    boolean claimed =
        reply.incarnation() == 0
            || (reply.incarnation() > 0
                && replica
                    .verifier()
                    .replica(
                        replica.id(),
                        Statements.incarnation(
                            replica.cluster(), replica.id(), reply.incarnation()),
                        reply.claimSignature()));
    Certificate certificate = reply.certificate();
    return claimed
        && (reply.lastDelivered() == 0
            || (certificate != null
                && certificate.instance() == reply.lastDelivered()
                && replica.certificates().isValid(certificate)));
  }

  /**
   * A vote quorum of others: they meet every quorum that this replica's lost votes were part of.
   */
  private boolean isQuorum(boolean[] members) {
    long mask = 0;
    for (int i = 0; i < members.length; i++) {
      mask |= members[i] && i != replica.selfIndex() ? 1L << i : 0;
    }
    return replica.quorums().isVoteQuorum(mask);
  }

  private void conclude() {
    concluding = true;
    long until =
        replica
            .rules()
            .restart()
            .muteUntil(
                Math.max(highestCertified, replica.lastDelivered()), replica.view().window());
    long taken = claim;
    replica
        .persistence()
        .persist(
            new Record.Muted(taken, until),
            () -> {
              incarnation = taken;
              muteUntil = until;
              learner = false;
              nextRequest = Long.MAX_VALUE;
              replica.trace("recovered", "incarnation " + taken + " muted until " + until);
            });
  }

  // ---- the others
  // -----------------------------------------------------------------------------------------

  void onRecover(int sender, Message.Recover request) {
    if (!mayTestify()) {
      return;
    }
    Known asker = known[replica.view().indexOf(sender)];
    if (request.incarnation() <= asker.incarnation) {
      reply(sender, request.nonce());
      return;
    }
    if (request.incarnation() > Long.MAX_VALUE / 2
        || (replica.view().byzantine()
            && !replica
                .verifier()
                .replica(
                    sender,
                    Statements.incarnation(replica.cluster(), sender, request.incarnation()),
                    request.signature()))) {
      replica.count(Event.BAD_SIGNATURE, sender);
      return;
    }
    // Refused from now on, acknowledged once synced.
    asker.incarnation = request.incarnation();
    asker.signature = request.signature();
    replica.synchronizer().forgetOutdated(sender);
    replica
        .persistence()
        .persist(
            new Record.Incarnation(sender, request.incarnation(), request.signature()),
            () -> reply(sender, request.nonce()));
  }

  private void reply(int to, long requestNonce) {
    Known asker = known[replica.view().indexOf(to)];
    long last = replica.lastDelivered();
    replica.send(
        to,
        new Message.RecoverReply(
            requestNonce,
            asker.incarnation,
            asker.signature,
            last,
            last == 0 || !replica.view().byzantine()
                ? null
                : replica.log().certificateOrNull(last)));
  }

  String describe() {
    return "incarnation "
        + incarnation
        + (learner ? " LEARNER claims " + claim : "")
        + (learnUntil() > 0 ? " silent until " + learnUntil() : "");
  }
}
