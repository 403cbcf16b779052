package dev.lockstep.protocol.message;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import java.util.List;

/**
 * The messages between replicas and between clients and replicas. All of them travel on
 * authenticated channels, so none names its sender.
 */
public sealed interface Message {
  /** Messages that only replicas send to replicas. */
  sealed interface ReplicaMessage extends Message {
    /** Calls the method of the handler that is for this kind of message. */
    void handle(int from, Handler to);
  }

  /** What is done with each kind of message of a replica: none can be forgotten. */
  interface Handler {
    void onPropose(int from, Propose message);

    void onWrite(int from, Write message);

    void onAccept(int from, Accept message);

    void onStop(int from, Stop message);

    void onStopData(int from, StopData message);

    void onSync(int from, Sync message);

    void onStatus(int from, Status message);

    void onDecision(int from, Decision message);

    void onFetchDecisions(int from, FetchDecisions message);

    void onFetched(int from, Fetched message);

    void onFetchOffers(int from, FetchOffers message);

    void onOffers(int from, Offers message);

    void onFetchPiece(int from, FetchPiece message);

    void onManifestOf(int from, ManifestOf message);

    void onPiece(int from, Piece message);

    void onFetchValue(int from, FetchValue message);

    void onValue(int from, Value message);

    void onFetchRequests(int from, FetchRequests message);

    void onForwarded(int from, Forwarded message);

    void onRequestBodies(int from, RequestBodies message);

    void onMissing(int from, Missing message);

    void onRecover(int from, Recover message);

    void onRecoverReply(int from, RecoverReply message);
  }

  /** Messages from a client to a replica. */
  sealed interface FromClient extends Message {}

  /** Messages from a replica to a client. */
  sealed interface ToClient extends Message {}

  // ---- normal phase -------------------------------------------------------------------------

  /**
   * The leader's proposal. {@code inlined} has the bodies of those requests that are no larger than
   * a reference.
   */
  record Propose(long instance, long regency, Batch batch, List<Request> inlined)
      implements ReplicaMessage {
    public Propose {
      inlined = List.copyOf(inlined);
    }

    @Override
    public void handle(int from, Handler to) {
      to.onPropose(from, this);
    }
  }

  /** First vote: the sender holds a valid proposal with all bodies. Byzantine mode only. */
  record Write(long instance, long regency, Digest digest) implements ReplicaMessage {
    @Override
    public void handle(int from, Handler to) {
      to.onWrite(from, this);
    }
  }

  /** Second vote. Signed in Byzantine mode; a quorum of these is the decision's certificate. */
  record Accept(long instance, long regency, Digest digest, Bytes signature)
      implements ReplicaMessage {
    @Override
    public void handle(int from, Handler to) {
      to.onAccept(from, this);
    }
  }

  // ---- synchronization phase ----------------------------------------------------------------

  /** The sender asks for {@code regency}, and thereby for every lower one. */
  record Stop(long regency) implements ReplicaMessage {
    @Override
    public void handle(int from, Handler to) {
      to.onStop(from, this);
    }
  }

  /** A testimony with its sender's signature. */
  record SignedTestimony(Testimony core, Bytes signature) {}

  /** The certificates prove the digests that the core calls decided. */
  record StopData(SignedTestimony testimony, List<Certificate> certificates)
      implements ReplicaMessage {
    public StopData {
      certificates = List.copyOf(certificates);
    }

    @Override
    public void handle(int from, Handler to) {
      to.onStopData(from, this);
    }
  }

  /**
   * The leader's start of a regency. It carries no conclusions: every receiver draws them itself
   * from the entries (docs/protocol.md, the synchronization phase). {@code values} are the bound
   * values that the leader holds; the others are fetched. The signature covers regency and entries,
   * so that a SYNC can be passed on.
   */
  record Sync(
      long regency,
      List<SignedTestimony> entries,
      List<Certificate> certificates,
      List<Batch> values,
      Bytes signature)
      implements ReplicaMessage {
    public Sync {
      entries = List.copyOf(entries);
      certificates = List.copyOf(certificates);
      values = List.copyOf(values);
    }

    @Override
    public void handle(int from, Handler to) {
      to.onSync(from, this);
    }
  }

  // ---- catching up --------------------------------------------------------------------------

  /**
   * A periodic summary of the sender (RULES 24). {@code nextRegency} counts as a STOP. {@code
   * learnUntil} is above {@code lastDelivered} while the sender is a learner that must see that
   * instance before it may vote (RULES 27). {@code othersLearnUntil} passes on the highest such
   * wish that the sender heard from a learner itself, because a learner may be unable to reach the
   * leader.
   */
  record Status(
      int view,
      long regency,
      long nextRegency,
      boolean synced,
      long lastDelivered,
      long learnUntil,
      long othersLearnUntil)
      implements ReplicaMessage {
    /** Of a sender that has heard of no learner. */
    public Status(
        int view,
        long regency,
        long nextRegency,
        boolean synced,
        long lastDelivered,
        long learnUntil) {
      this(view, regency, nextRegency, synced, lastDelivered, learnUntil, 0);
    }

    @Override
    public void handle(int from, Handler to) {
      to.onStatus(from, this);
    }
  }

  /** A decided instance; the bodies of its requests come along as far as they fit. */
  record Decision(Batch batch, Certificate certificate, List<Request> bodies)
      implements ReplicaMessage {
    public Decision {
      bodies = List.copyOf(bodies);
    }

    @Override
    public void handle(int from, Handler to) {
      to.onDecision(from, this);
    }
  }

  /**
   * Asks for the decisions of {@code [from, to]}, of which the answer may be a part: DECISIONs in
   * order, then one {@link Fetched}.
   *
   * @param bytes about as much is wanted at a time; one decision always may be sent
   */
  record FetchDecisions(long from, long to, int bytes) implements ReplicaMessage {
    @Override
    public void handle(int from, Handler to) {
      to.onFetchDecisions(from, this);
    }
  }

  /**
   * End of the answer to a {@link FetchDecisions}.
   *
   * @param from as asked for
   * @param next the first instance that was not sent
   * @param first the oldest instance of which the sender still has the decision
   * @param lastDelivered of the sender
   */
  record Fetched(long from, long next, long first, long lastDelivered) implements ReplicaMessage {
    @Override
    public void handle(int from, Handler to) {
      to.onFetched(from, this);
    }
  }

  /** Asks for the checkpoints that the receiver has, at most a few times per second. */
  record FetchOffers() implements ReplicaMessage {
    @Override
    public void handle(int from, Handler to) {
      to.onFetchOffers(from, this);
    }
  }

  /**
   * A checkpoint that the sender has, and that its state hashes to this.
   *
   * @param bytes length of the whole state
   */
  record Offer(long instance, Digest hash, long bytes) {}

  /**
   * Answer to {@link FetchOffers}.
   *
   * @param first the oldest instance of which the sender still has the decision
   */
  record Offers(List<Offer> offers, long first, long lastDelivered) implements ReplicaMessage {
    public Offers {
      offers = List.copyOf(offers);
    }

    @Override
    public void handle(int from, Handler to) {
      to.onOffers(from, this);
    }
  }

  /**
   * Asks for a piece of a checkpoint.
   *
   * @param piece counted as in {@link Manifest}; -1 for the manifest itself
   */
  record FetchPiece(long instance, int piece) implements ReplicaMessage {
    /** Stands for the manifest. */
    public static final int MANIFEST = -1;

    @Override
    public void handle(int from, Handler to) {
      to.onFetchPiece(from, this);
    }
  }

  /**
   * What the sender's checkpoint is made of.
   *
   * @param certificates of the last W instances, which differ from replica to replica and prove
   *     themselves
   */
  record ManifestOf(Manifest manifest, List<Certificate> certificates) implements ReplicaMessage {
    public ManifestOf {
      certificates = List.copyOf(certificates);
    }

    @Override
    public void handle(int from, Handler to) {
      to.onManifestOf(from, this);
    }
  }

  /** A piece of the sender's checkpoint; empty if it does not have it any more. */
  record Piece(long instance, int piece, Bytes bytes) implements ReplicaMessage {
    @Override
    public void handle(int from, Handler to) {
      to.onPiece(from, this);
    }
  }

  /** Asks for the value with this digest. */
  record FetchValue(long instance, Digest digest) implements ReplicaMessage {
    @Override
    public void handle(int from, Handler to) {
      to.onFetchValue(from, this);
    }
  }

  /** Answer to {@link FetchValue}. */
  record Value(Batch batch) implements ReplicaMessage {
    @Override
    public void handle(int from, Handler to) {
      to.onValue(from, this);
    }
  }

  /** Asks for bodies; {@code vouch} asks to vouch for them too, now or when it becomes possible. */
  record FetchRequests(List<Digest> digests, boolean vouch) implements ReplicaMessage {
    public FetchRequests {
      digests = List.copyOf(digests);
    }

    @Override
    public void handle(int from, Handler to) {
      to.onFetchRequests(from, this);
    }
  }

  /** Bodies for which the sender vouches: they are authentic for it (RULES 12). */
  record Forwarded(List<Request> requests) implements ReplicaMessage {
    public Forwarded {
      requests = List.copyOf(requests);
    }

    @Override
    public void handle(int from, Handler to) {
      to.onForwarded(from, this);
    }
  }

  /** Bodies only; the sender does not vouch for them. */
  record RequestBodies(List<Request> requests) implements ReplicaMessage {
    public RequestBodies {
      requests = List.copyOf(requests);
    }

    @Override
    public void handle(int from, Handler to) {
      to.onRequestBodies(from, this);
    }
  }

  /**
   * The sender cannot WRITE a proposal for want of these requests (RULES 13). {@code overdue}: for
   * longer than a request timeout.
   */
  record Missing(long instance, long regency, List<Digest> digests, boolean overdue)
      implements ReplicaMessage {
    public Missing {
      digests = List.copyOf(digests);
    }

    @Override
    public void handle(int from, Handler to) {
      to.onMissing(from, this);
    }
  }

  // ---- replicas that lost their votes (RULES 27) ----------------------------------------------

  /**
   * A replica without its votes asks for help. Incarnation 0 only asks; a higher one claims it. The
   * signature is over cluster, sender and incarnation, so nobody can invent a claim for another.
   */
  record Recover(long nonce, long incarnation, Bytes signature) implements ReplicaMessage {
    @Override
    public void handle(int from, Handler to) {
      to.onRecover(from, this);
    }
  }

  /**
   * @param incarnation the highest of the asker that the sender acknowledged, with the asker's own
   *     signature
   * @param senderIncarnation the sender's own: others may know that it lost its votes since
   * @param promised the regency below which the sender votes no more
   * @param lastDelivered of the sender, proved by the certificate (null if 0 or in crash mode)
   * @param acknowledged the newest incarnation of every other replica that the sender acknowledged
   */
  record RecoverReply(
      long nonce,
      long incarnation,
      Bytes claimSignature,
      long senderIncarnation,
      long promised,
      long lastDelivered,
      Certificate certificate,
      List<Claim> acknowledged)
      implements ReplicaMessage {
    public RecoverReply {
      acknowledged = List.copyOf(acknowledged);
    }

    @Override
    public void handle(int from, Handler to) {
      to.onRecoverReply(from, this);
    }
  }

  // ---- clients ------------------------------------------------------------------------------

  /** A request with the replica that shall answer in full; the others answer with a digest. */
  record ClientRequest(Request request, int replier) implements FromClient {}

  /** What became of a request. */
  enum Outcome {
    /** Executed; the result is the service's. */
    EXECUTED,
    /** A session was opened: result is the session id, then what closing returned. */
    OPENED,
    /** The session is unknown, foreign or over: never executed from here on (RULES 9). */
    EXPIRED,
    /** Another request with the same session and sequence was executed. */
    CONFLICT,
    /** Executed, but the reply is no longer held. */
    FORGOTTEN,
    /** The group has no room for the session, or the OPEN is malformed. */
    REFUSED,
    /** Not accepted now, for want of room; advisory, may be sent again. */
    BUSY
  }

  /**
   * @param view id of the view of its instance (a read: of the next one); clients count only
   *     replies that name their own view (RULES 31)
   * @param resultDigest digest of the full result
   * @param result the result, or null when only the digest is sent
   * @param instance where it was executed; for a read the last one executed before it
   */
  record Reply(
      int view,
      long session,
      long sequence,
      Digest requestDigest,
      Outcome outcome,
      Digest resultDigest,
      Bytes result,
      long instance)
      implements ToClient {
    /** The same without its result. */
    public Reply asDigest() {
      return new Reply(
          view, session, sequence, requestDigest, outcome, resultDigest, null, instance);
    }
  }

  /**
   * Something that a service's replier sends to a client on its own account. A client believes it
   * once at least one correct replica has sent the same.
   *
   * @param instance where the command that caused it was executed
   * @param position of that command in its batch
   * @param index number of this push among those of that command to this client, from 0
   */
  record Push(long instance, int position, int index, Bytes payload) implements ToClient {}
}
