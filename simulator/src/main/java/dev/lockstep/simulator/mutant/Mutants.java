package dev.lockstep.simulator.mutant;

import static dev.lockstep.simulator.mutant.Flaws.believing;
import static dev.lockstep.simulator.mutant.Flaws.confirmingEarly;
import static dev.lockstep.simulator.mutant.Flaws.forgetting;
import static dev.lockstep.simulator.mutant.Flaws.sending;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.replica.Replica;
import dev.lockstep.protocol.rules.DeliveryRule;
import dev.lockstep.protocol.rules.EntryRule;
import dev.lockstep.protocol.rules.RequestRule;
import dev.lockstep.protocol.rules.RestartRule;
import dev.lockstep.protocol.rules.SelectionRule;
import dev.lockstep.protocol.rules.TransferRule;
import dev.lockstep.protocol.rules.ValidityRule;
import dev.lockstep.protocol.rules.VotingRule;
import dev.lockstep.protocol.view.QuorumRule;
import dev.lockstep.protocol.view.QuorumSystem;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.VoteSet;
import dev.lockstep.simulator.machine.Flaw;
import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.plan.Restrictions;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * All mutants, in the order in which {@code --mutants} reports them. One breaks what a rule
 * decides, or the ports of the cores. The protocol has one thing for a mutant alone, because the
 * mistake was made once: {@link ValidityRule.Circumstances#hasRival}, which no rule may ask.
 */
public final class Mutants {
  private static final Restrictions FULL = Restrictions.free();
  private static final Restrictions ANY = Restrictions.smallRuns();
  private static final Restrictions BFT = ANY.withMode(View.Mode.BYZANTINE);
  private static final Restrictions FULL_BFT = FULL.withMode(View.Mode.BYZANTINE);
  private static final Restrictions CRASH_FAULTS = ANY.withFault("crash");

  private Mutants() {}

  public static List<Mutant> all() {
    return Stream.concat(ofVotes().stream(), LossMutants.all().stream()).toList();
  }

  private static List<Mutant> ofVotes() {
    return List.of(
        // Quorums.
        breaks("quorum-2f+1", "the vote quorum is 2f+1 although n is larger than 3f+1")
            .in(
                QuorumRule.class,
                new QuorumRule() {
                  @Override
                  public long vote(View view, long totalWeight, long heaviestWeight) {
                    return 2 * heaviestWeight + 1;
                  }
                })
            .huntedIn(BFT.withReplicas(6, 1)),
        breaks(
                "installed-too-early",
                "f+1 STOPs install a regency, so it may start without a quorum behind it")
            .in(
                QuorumRule.class,
                new QuorumRule() {
                  @Override
                  public int install(View view) {
                    return view.faults() + 1;
                  }
                })
            .huntedIn(BFT),

        // What SYNC concludes.
        breaks("lock-at-zero", "no lock has the timestamp of the first regency (T1)")
            .in(
                SelectionRule.class,
                new SelectionRule() {
                  @Override
                  public long time(Testimony.Lock lock) {
                    return Math.max(0, lock.regency());
                  }
                })
            .huntedIn(BFT),
        breaks(
                "leader-chooses-prefix",
                "the decided prefix is not the highest that the entries prove (T2)")
            .in(
                SelectionRule.class,
                new SelectionRule() {
                  @Override
                  public long prefix(List<Testimony> entries) {
                    return entries.stream().mapToLong(Testimony::lastDelivered).min().orElse(0);
                  }
                })
            .huntedIn(ANY),
        breaks("range-too-short", "the range of SYNC ends at m + W - 1")
            .in(
                SelectionRule.class,
                new SelectionRule() {
                  @Override
                  public long rangeEnd(long prefix, int window) {
                    return prefix + window - 1;
                  }
                })
            .huntedIn(ANY.withWindow(2)),
        stalls("holes-left-open", "an unbound instance below a bound one is not filled")
            .in(
                SelectionRule.class,
                new SelectionRule() {
                  @Override
                  public Outcome evaluate(List<Testimony> entries, QuorumSystem quorums) {
                    Outcome filled = SelectionRule.STANDARD.evaluate(entries, quorums);
                    if (filled == null) {
                      return null;
                    }
                    TreeMap<Long, Choice> choices = new TreeMap<>(filled.choices());
                    choices.replaceAll(
                        (t, choice) ->
                            choice.kind() == Kind.NOOP ? new Choice(Kind.FREE, null) : choice);
                    return new Outcome(filled.prefix(), filled.horizon(), choices);
                  }
                })
            .huntedIn(FULL.withWindow(4)),
        breaks(
                "certified-not-asked",
                "a lock binds although no correct replica is known to have written its value")
            .in(
                SelectionRule.class,
                new SelectionRule() {
                  @Override
                  public boolean isCertified(
                      List<Row> rows, QuorumSystem quorums, long regency, Digest digest) {
                    return true;
                  }
                })
            .huntedIn(BFT.withAdversary("stopdata-fake-lock")),
        breaks("sync-not-checked", "entries are believed as they are sent, whatever they say")
            .in(
                EntryRule.class,
                new EntryRule() {
                  @Override
                  public boolean isValid(Testimony entry, long regency, int window, Proofs proofs) {
                    return true;
                  }
                })
            .at(believing("LOCKSTEP-STOPDATA"))
            .huntedIn(BFT.withAdversary("sync-invalid")),
        stalls("prefix-by-one-certificate", "one certificate proves a whole prefix (S2)")
            .in(
                EntryRule.class,
                new EntryRule() {
                  @Override
                  public long firstProof(long lastDelivered, int window) {
                    return Math.max(1, lastDelivered);
                  }
                })
            .huntedIn(BFT.withWindow(4).withAdversary("stopdata-high")),

        // Votes.
        breaks("laggard-votes-bound", "a laggard votes on a bound value above its window (F11)")
            .in(
                VotingRule.class,
                new VotingRule() {
                  @Override
                  public boolean inWindow(long instance, long lastDelivered, int window) {
                    // What is fresh is not looked at above the window.
                    return lastDelivered < instance;
                  }
                })
            .huntedIn(FULL_BFT.withAdversary("no-sync")),
        stalls(
                "epoch-per-instance",
                "votes are stamped with a count that starts anew with each instance")
            .at(
                sending(
                    (core, message) ->
                        message instanceof Message.Write write
                            ? new Message.Write(write.instance(), 0, write.digest())
                            : message instanceof Message.Accept accept
                                ? new Message.Accept(
                                    accept.instance(), 0, accept.digest(), accept.signature())
                                : message))
            .huntedIn(ANY),
        breaks("accept-names-no-instance", "the signature of an ACCEPT does not cover its instance")
            .in(
                VotingRule.class,
                new VotingRule() {
                  @Override
                  public byte[] acceptStatement(
                      Digest cluster,
                      int view,
                      long instance,
                      long regency,
                      Digest digest,
                      int sender) {
                    return Statements.accept(cluster, view, 0, regency, digest, sender);
                  }
                })
            .huntedIn(BFT),
        breaks("mixed-digests", "votes for different digests are counted together")
            .in(
                VotingRule.class,
                new VotingRule() {
                  @Override
                  public boolean countsFor(Digest voted, Digest wanted) {
                    return true;
                  }
                })
            .huntedIn(BFT.withAdversary("equivocate")),
        breaks(
                "own-vote-before-durable",
                "a replica counts and sends its votes before their records are durable (F5)")
            .at(confirmingEarly(Mutants::isVote))
            .huntedIn(ANY),
        breaks("accepts-not-checked", "ACCEPTs count whatever their signatures are")
            .at(
                new Flaw() {
                  @Override
                  public boolean isGenuine(boolean really) {
                    return true;
                  }
                })
            .huntedIn(BFT.withAdversary("bad-signature")),

        // What is valid.
        breaks("valid-at-decide", "a fresh proposal is written whatever is in it")
            .in(
                ValidityRule.class,
                new ValidityRule() {
                  @Override
                  public Verdict fresh(Batch batch, long regency, Circumstances now) {
                    return Verdict.VALID;
                  }
                })
            .huntedIn(BFT.withAdversary("invalid-proposal")),
        breaks("clock-not-compared", "a proposal may carry any time (T9)")
            .in(
                ValidityRule.class,
                new ValidityRule() {
                  @Override
                  public Verdict fresh(Batch batch, long regency, Circumstances now) {
                    return ValidityRule.STANDARD.fresh(batch, regency, new AnyTime(now));
                  }
                })
            .huntedIn(BFT.withAdversary("invalid-proposal")),
        stalls(
                "equivocating-client-blames-leader",
                "two requests for one place in a session are held against the leader (T5)")
            .in(
                ValidityRule.class,
                new ValidityRule() {
                  @Override
                  public Verdict fresh(Batch batch, long regency, Circumstances now) {
                    return batch.references().stream().anyMatch(now::hasRival)
                        ? Verdict.INVALID
                        : ValidityRule.STANDARD.fresh(batch, regency, now);
                  }
                })
            .huntedIn(BFT.withAdversary("client-equivocate")),
        breaks("no-duplicate-filter", "delivery executes what was executed before")
            .in(
                DeliveryRule.class,
                new DeliveryRule() {
                  @Override
                  public boolean isDuplicate(long lastExecuted, long sequence) {
                    return false;
                  }

                  @Override
                  public boolean isNext(long lastExecuted, long sequence) {
                    return sequence <= lastExecuted + 1;
                  }
                })
            .huntedIn(FULL.withWindow(8)),

        // Requests and their deadlines.
        breaks(
                "fetched-body-vouches",
                "a body that was fetched counts as if its client had sent it")
            .at(
                new Flaw() {
                  @Override
                  public void receives(Replica core, Message.ReplicaMessage message) {
                    if (message instanceof Message.RequestBodies bodies) {
                      bodies
                          .requests()
                          .forEach(
                              body ->
                                  core.onClientRequest(
                                      body.client(), new Message.ClientRequest(body, -1)));
                    }
                  }
                })
            .huntedIn(BFT.withAdversary("invalid-proposal")),
        stalls("next-sequence-is-old", "the sequence whose turn it is counts as executed")
            .in(
                RequestRule.class,
                new RequestRule() {
                  @Override
                  public boolean isOld(long lastExecuted, long sequence) {
                    return sequence <= lastExecuted + 1;
                  }
                })
            .huntedIn(FULL),
        stalls(
                "deadline-before-turn",
                "a request has a deadline although its predecessors are missing (F8)")
            .in(
                RequestRule.class,
                new RequestRule() {
                  @Override
                  public boolean hasDeadline(boolean isNext) {
                    return true;
                  }
                })
            .huntedIn(FULL_BFT.withAdversary("client-gaps")),
        stalls(
                "one-timer-for-all",
                "any progress extends every deadline, so a censored client waits for ever")
            .in(
                RequestRule.class,
                new RequestRule() {
                  @Override
                  public boolean extendsDeadline(boolean receivedEarlier) {
                    return true;
                  }
                })
            .huntedIn(FULL.withAdversary("censor")),

        // Changes of regency.
        stalls("no-sync-timer", "nobody suspects a leader that does not start its regency")
            .at(
                sending(
                    (core, message) -> core.isSynced() ? message : Flaws.withoutAsking(message)))
            .huntedIn(BFT.withAdversary("no-sync")),
        stalls("no-decisions-handed-out", "who decided keeps it to itself (T8, T12)")
            .at(sending((core, message) -> message instanceof Message.Decision ? null : message))
            .huntedIn(ANY),

        // Restarts and storage.
        breaks("votes-forgotten", "a restarted replica does not remember its votes")
            .at(forgetting(Mutants::isVote))
            .huntedIn(CRASH_FAULTS),
        breaks("promise-forgotten", "a restarted replica votes in regencies that it had left (S4)")
            .at(forgetting(record -> record instanceof Record.Promised))
            .huntedIn(CRASH_FAULTS),
        breaks(
                "log-shorter-than-votes",
                "votes survive a restart, decisions do not, and the replica speaks at once (F1)")
            .in(
                RestartRule.class,
                new RestartRule() {
                  @Override
                  public long silentUntil(long highestVoted, int window) {
                    return 0;
                  }
                })
            .at(forgetting(record -> record instanceof Record.Decided))
            .huntedIn(CRASH_FAULTS),
        breaks("votes-not-persisted", "a vote leaves although storage never wrote it")
            .at(
                new Flaw() {
                  @Override
                  public boolean writes(Record record) {
                    return !isVote(record);
                  }
                })
            .huntedIn(ANY),
        breaks("write-before-record", "a WRITE leaves before its record is durable")
            .at(confirmingEarly(record -> record instanceof Record.Wrote))
            .huntedIn(BFT),
        breaks(
                "reply-before-durable",
                "in crash mode an own vote counts, and a reply leaves, before the record is durable"
                    + " (F5)")
            .at(confirmingEarly(record -> record instanceof Record.Wrote))
            .huntedIn(ANY.withMode(View.Mode.CRASH)),

        // The state of others.
        breaks(
                "checkpoint-swapped-early",
                "the older checkpoints and the log go before the new checkpoint is durable")
            .at(
                new Flaw() {
                  @Override
                  public boolean waitsForCheckpoints() {
                    return false;
                  }
                })
            .huntedIn(FULL.withFault("persistence-crash")),
        breaks(
                "log-tail-unverified",
                "decisions are delivered whatever the signatures of their certificates are (T2)")
            .at(believing("LOCKSTEP-ACCEPT"))
            .huntedIn(BFT.withAdversary("fake-decision")),
        breaks("one-hash-is-enough", "the state of others is believed on the word of one (T1)")
            .in(
                TransferRule.class,
                new TransferRule() {
                  @Override
                  public boolean isTrusted(VoteSet agreeing) {
                    return !agreeing.isEmpty();
                  }
                })
            .huntedIn(FULL_BFT.withAdversary("forged-state")),
        stalls(
                "equal-targets-at-a-quorum",
                "a transfer begins only when a quorum offers the same checkpoint, which never"
                    + " happens")
            .in(
                TransferRule.class,
                new TransferRule() {
                  @Override
                  public boolean mayBegin(VoteSet offering) {
                    return offering.isVoteQuorum();
                  }
                })
            .huntedIn(FULL_BFT.withAdversary("bad-pieces")));
  }

  /**
   * The mutant with this name.
   *
   * @throws IllegalArgumentException if there is none; the message says so
   */
  public static Mutant named(String name) {
    return all().stream()
        .filter(mutant -> mutant.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("there is no mutant named '" + name + "'"));
  }

  private static boolean isVote(Record record) {
    return record instanceof Record.Wrote || record instanceof Record.Locked;
  }

  /** Circumstances in which every time is right. */
  private record AnyTime(ValidityRule.Circumstances real) implements ValidityRule.Circumstances {
    @Override
    public boolean allAuthentic() {
      return real.allAuthentic();
    }

    @Override
    public Boolean bodiesFit() {
      return real.bodiesFit();
    }

    @Override
    public boolean clockFits() {
      return true;
    }

    @Override
    public boolean hasDuplicates() {
      return real.hasDuplicates();
    }

    @Override
    public boolean hasRival(Reference reference) {
      return real.hasRival(reference);
    }
  }

  /** A safety checker must notice it. */
  static Draft breaks(String name, String sentence) {
    return new Draft(name, sentence, true, Variant.standard());
  }

  /** That nothing happens any more is enough to notice it. */
  private static Draft stalls(String name, String sentence) {
    return new Draft(name, sentence, false, Variant.standard());
  }

  record Draft(String name, String sentence, boolean safety, Variant variant) {
    <R> Draft in(Class<R> type, R broken) {
      return new Draft(name, sentence, safety, variant.with(type, broken));
    }

    Draft at(Flaw flaw) {
      return new Draft(name, sentence, safety, variant.with(flaw));
    }

    Mutant huntedIn(Restrictions hunt) {
      return new Mutant(name, sentence, safety, variant, hunt);
    }
  }
}
