package dev.lockstep.simulator.mutant;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.message.StopData;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.rules.DeliveryRule;
import dev.lockstep.protocol.rules.EntryRule;
import dev.lockstep.protocol.rules.RegencyRule;
import dev.lockstep.protocol.rules.RequestRule;
import dev.lockstep.protocol.rules.RestartRule;
import dev.lockstep.protocol.rules.Rules;
import dev.lockstep.protocol.rules.SelectionRule;
import dev.lockstep.protocol.rules.TransferRule;
import dev.lockstep.protocol.rules.ValidityRule;
import dev.lockstep.protocol.rules.VotingRule;
import dev.lockstep.protocol.view.QuorumRule;
import dev.lockstep.protocol.view.QuorumSystem;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.VoteSet;
import dev.lockstep.simulator.plan.Restrictions;
import java.util.ArrayList;
import java.util.List;

/** All mutants, in the order in which {@code --mutants} reports them. */
public final class Mutants {
  private static final Restrictions FULL = Restrictions.free();
  private static final Restrictions ANY = Restrictions.smallRuns();
  private static final Restrictions BFT = ANY.withMode(View.Mode.BYZANTINE);
  private static final Restrictions CRASH_FAULTS = ANY.withFault("crash");

  private Mutants() {}

  public static List<Mutant> all() {
    List<Mutant> all = new ArrayList<>();
    quorums(all);
    selection(all);
    voting(all);
    validity(all);
    requests(all);
    liveness(all);
    restarts(all);
    transfer(all);
    return all;
  }

  private static void quorums(List<Mutant> all) {
    all.add(
        new Mutant(
            "quorum-2f+1",
            "the vote quorum is 2f+1 although n is larger than 3f+1",
            true,
            with(
                new QuorumRule() {
                  @Override
                  public long vote(View view, long totalWeight, long heaviestWeight) {
                    return 2 * heaviestWeight + 1;
                  }
                }),
            BFT.withReplicas(6, 1)));
    all.add(
        new Mutant(
            "installed-too-early",
            "f+1 STOPs install a regency, so it may start without a quorum behind it",
            true,
            with(
                new QuorumRule() {
                  @Override
                  public int install(View view) {
                    return view.faults() + 1;
                  }
                }),
            BFT));
  }

  private static void selection(List<Mutant> all) {
    all.add(
        new Mutant(
            "lock-at-zero",
            "no lock has the timestamp of the first regency (T1)",
            true,
            with(
                new SelectionRule() {
                  @Override
                  public long time(StopData.Lock lock) {
                    return Math.max(0, lock.regency());
                  }
                }),
            BFT));
    all.add(
        new Mutant(
            "leader-chooses-prefix",
            "the decided prefix is not the highest that the entries prove (T2)",
            true,
            with(
                new SelectionRule() {
                  @Override
                  public long prefix(List<StopData> entries) {
                    return entries.stream().mapToLong(StopData::lastDelivered).min().orElse(0);
                  }
                }),
            ANY));
    all.add(
        new Mutant(
            "range-too-short",
            "the range of SYNC ends at m + W - 1",
            true,
            with(
                new SelectionRule() {
                  @Override
                  public long rangeEnd(long prefix, int window) {
                    return prefix + window - 1;
                  }
                }),
            ANY.withWindow(2)));
    all.add(
        new Mutant(
            "holes-left-open",
            "an unbound instance below a bound one is not filled",
            false,
            with(
                new SelectionRule() {
                  @Override
                  public boolean fillsHoles() {
                    return false;
                  }
                }),
            FULL.withWindow(4)));
    all.add(
        new Mutant(
            "certified-not-asked",
            "a lock binds although no correct replica is known to have written its value",
            true,
            with(
                new SelectionRule() {
                  @Override
                  public boolean isCertified(
                      List<Row> rows, QuorumSystem quorums, long regency, Digest digest) {
                    return true;
                  }
                }),
            BFT.withAdversary("stopdata-fake-lock")));
    all.add(
        new Mutant(
            "sync-not-checked",
            "receivers of SYNC believe the entries as the leader sends them",
            true,
            with(
                new EntryRule() {
                  @Override
                  public boolean receiversCheckEntries() {
                    return false;
                  }
                }),
            BFT.withAdversary("sync-invalid")));
    all.add(
        new Mutant(
            "prefix-by-one-certificate",
            "one certificate proves a whole prefix (S2)",
            false,
            with(
                new EntryRule() {
                  @Override
                  public long firstProof(long lastDelivered, int window) {
                    return Math.max(1, lastDelivered);
                  }
                }),
            BFT.withWindow(4).withAdversary("stopdata-high")));
  }

  private static void voting(List<Mutant> all) {
    all.add(
        new Mutant(
            "laggard-votes-bound",
            "a laggard votes on a bound value above its window (F11)",
            true,
            with(
                new VotingRule() {
                  @Override
                  public boolean inWindow(
                      long instance, long lastDelivered, int window, boolean bound) {
                    return bound
                        ? lastDelivered < instance
                        : VotingRule.STANDARD.inWindow(instance, lastDelivered, window, false);
                  }
                }),
            FULL.withMode(View.Mode.BYZANTINE).withAdversary("no-sync")));
    all.add(
        new Mutant(
            "epoch-per-instance",
            "votes are stamped with a count per instance instead of the regency",
            false,
            with(
                new VotingRule() {
                  @Override
                  public long epoch(long regency, long firstRegencySeen) {
                    return regency - firstRegencySeen;
                  }
                }),
            ANY));
    all.add(
        new Mutant(
            "accept-names-no-instance",
            "the signature of an ACCEPT does not cover its instance",
            true,
            with(
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
                }),
            BFT));
    all.add(
        new Mutant(
            "mixed-digests",
            "votes for different digests are counted together",
            true,
            with(
                new VotingRule() {
                  @Override
                  public boolean countsFor(Digest voted, Digest wanted) {
                    return true;
                  }
                }),
            BFT.withAdversary("equivocate")));
    all.add(
        new Mutant(
            "own-vote-before-durable",
            "a replica counts and sends its vote before the record is durable (F5)",
            true,
            with(
                new VotingRule() {
                  @Override
                  public boolean countsOwnVoteBeforeDurable() {
                    return true;
                  }
                }),
            ANY));
    all.add(
        new Mutant(
            "accepts-not-checked",
            "ACCEPTs are counted before their signature is checked",
            true,
            with(
                new VotingRule() {
                  @Override
                  public boolean checksAcceptsFirst() {
                    return false;
                  }
                }),
            BFT.withAdversary("bad-signature")));
  }

  private static void validity(List<Mutant> all) {
    all.add(
        new Mutant(
            "valid-at-decide",
            "a fresh proposal is written whatever is in it",
            true,
            with(
                new ValidityRule() {
                  @Override
                  public Verdict fresh(Batch batch, long regency, Circumstances now) {
                    return Verdict.VALID;
                  }
                }),
            BFT.withAdversary("invalid-proposal")));
    all.add(
        new Mutant(
            "clock-not-compared",
            "a proposal may carry any time (T9)",
            true,
            with(
                new ValidityRule() {
                  @Override
                  public Verdict fresh(Batch batch, long regency, Circumstances now) {
                    return ValidityRule.STANDARD.fresh(
                        batch,
                        regency,
                        new Changed(now) {
                          @Override
                          public boolean clockFits() {
                            return true;
                          }
                        });
                  }
                }),
            BFT.withAdversary("invalid-proposal")));
    all.add(
        new Mutant(
            "equivocating-client-blames-leader",
            "two requests for one place in a session are held against the leader (T5)",
            false,
            with(
                new ValidityRule() {
                  @Override
                  public Verdict fresh(Batch batch, long regency, Circumstances now) {
                    for (Reference reference : batch.references()) {
                      if (now.hasRival(reference)) {
                        return Verdict.INVALID;
                      }
                    }
                    return ValidityRule.STANDARD.fresh(batch, regency, now);
                  }
                }),
            BFT.withAdversary("client-equivocate")));
    all.add(
        new Mutant(
            "no-duplicate-filter",
            "delivery executes what was executed before",
            true,
            with(
                new DeliveryRule() {
                  @Override
                  public boolean isDuplicate(long lastExecuted, long sequence) {
                    return false;
                  }

                  @Override
                  public boolean isNext(long lastExecuted, long sequence) {
                    return sequence <= lastExecuted + 1;
                  }
                }),
            FULL.withWindow(8)));
  }

  private static void requests(List<Mutant> all) {
    all.add(
        new Mutant(
            "fetched-body-vouches",
            "a body that was fetched counts as authentic",
            true,
            with(
                new RequestRule() {
                  @Override
                  public boolean fetchedBodyVouches() {
                    return true;
                  }
                }),
            BFT.withAdversary("invalid-proposal")));
    all.add(
        new Mutant(
            "sequence-advanced-at-reception",
            "what was received, not what was delivered, makes a sequence old",
            false,
            with(
                new RequestRule() {
                  @Override
                  public boolean isOld(long lastExecuted, long highestReceived, long sequence) {
                    return sequence <= Math.max(lastExecuted, highestReceived);
                  }
                }),
            FULL));
    all.add(
        new Mutant(
            "deadline-before-turn",
            "a request has a deadline although its predecessors are missing (F8)",
            false,
            with(
                new RequestRule() {
                  @Override
                  public boolean hasDeadline(boolean isNext) {
                    return true;
                  }
                }),
            FULL.withMode(View.Mode.BYZANTINE).withAdversary("client-gaps")));
    all.add(
        new Mutant(
            "one-timer-for-all",
            "any progress extends every deadline, so a censored client waits for ever",
            false,
            with(
                new RequestRule() {
                  @Override
                  public boolean extendsDeadline(boolean receivedEarlier) {
                    return true;
                  }
                }),
            FULL.withAdversary("censor")));
  }

  private static void liveness(List<Mutant> all) {
    all.add(
        new Mutant(
            "no-sync-timer",
            "nobody suspects a leader that does not start its regency",
            false,
            with(
                new RegencyRule() {
                  @Override
                  public boolean hasSyncTimer() {
                    return false;
                  }
                }),
            BFT.withAdversary("no-sync")));
    all.add(
        new Mutant(
            "no-decisions-handed-out",
            "who decided keeps it to itself (T8, T12)",
            false,
            with(
                new RegencyRule() {
                  @Override
                  public boolean handsOutDecisions() {
                    return false;
                  }
                }),
            ANY));
  }

  private static void restarts(List<Mutant> all) {
    all.add(
        new Mutant(
            "votes-forgotten",
            "a restarted replica does not remember its votes",
            true,
            with(
                new RestartRule() {
                  @Override
                  public List<Record> remembered(List<Record> records) {
                    return records.stream()
                        .filter(
                            record ->
                                !(record instanceof Record.Wrote)
                                    && !(record instanceof Record.Locked))
                        .toList();
                  }
                }),
            CRASH_FAULTS));
    all.add(
        new Mutant(
            "promise-forgotten",
            "a restarted replica votes in regencies that it had left (S4)",
            true,
            with(
                new RestartRule() {
                  @Override
                  public List<Record> remembered(List<Record> records) {
                    return records.stream()
                        .filter(record -> !(record instanceof Record.Promised))
                        .toList();
                  }
                }),
            CRASH_FAULTS));
    all.add(
        new Mutant(
            "log-shorter-than-votes",
            "votes survive a restart, decisions do not, and the replica speaks at once (F1)",
            true,
            with(
                new RestartRule() {
                  @Override
                  public List<Record> remembered(List<Record> records) {
                    return records.stream()
                        .filter(record -> !(record instanceof Record.Decided))
                        .toList();
                  }

                  @Override
                  public long silentUntil(long highestVoted, int window) {
                    return 0;
                  }
                }),
            CRASH_FAULTS));
    all.add(
        new Mutant(
            "learner-votes-at-once",
            "a replica that lost its votes is not muted (T10)",
            true,
            with(
                new RestartRule() {
                  @Override
                  public long muteUntil(long highestCertified, int window) {
                    return 0;
                  }
                }),
            FULL.withFault("disk-loss")));
  }

  private static void transfer(List<Mutant> all) {
    all.add(
        new Mutant(
            "votes-not-persisted",
            "a vote leaves although storage never heard of it",
            true,
            with(
                new RestartRule() {
                  @Override
                  public boolean isPersisted(Record record) {
                    return !(record instanceof Record.Wrote || record instanceof Record.Locked);
                  }

                  @Override
                  public boolean waitsFor(Record record) {
                    return isPersisted(record);
                  }
                }),
            ANY));
    all.add(
        new Mutant(
            "write-before-record",
            "a WRITE leaves before its record is durable",
            true,
            with(
                new RestartRule() {
                  @Override
                  public boolean waitsFor(Record record) {
                    return !(record instanceof Record.Wrote);
                  }
                }),
            BFT));
    all.add(
        new Mutant(
            "reply-before-durable",
            "in crash mode an own vote counts, and a reply leaves, before the record is durable (F5)",
            true,
            with(
                new RestartRule() {
                  @Override
                  public boolean waitsFor(Record record) {
                    return !(record instanceof Record.Wrote);
                  }
                }),
            ANY.withMode(View.Mode.CRASH)));
    all.add(
        new Mutant(
            "checkpoint-swapped-early",
            "the older checkpoints and the log go before the new checkpoint is durable",
            true,
            with(
                new TransferRule() {
                  @Override
                  public boolean dropsBeforeDurable() {
                    return true;
                  }
                }),
            FULL.withFault("persistence-crash")));
    all.add(
        new Mutant(
            "log-tail-unverified",
            "decisions that peers hand out are delivered without a look at their certificates (T2)",
            true,
            with(
                new TransferRule() {
                  @Override
                  public boolean checksDecisions() {
                    return false;
                  }
                }),
            BFT.withAdversary("fake-decision")));
    all.add(
        new Mutant(
            "one-hash-is-enough",
            "the state of others is believed on the word of one (T1)",
            true,
            with(
                new TransferRule() {
                  @Override
                  public boolean isTrusted(VoteSet agreeing) {
                    return !agreeing.isEmpty();
                  }
                }),
            FULL.withMode(View.Mode.BYZANTINE).withAdversary("forged-state")));
    all.add(
        new Mutant(
            "equal-targets-at-a-quorum",
            "a transfer begins only when a quorum offers the same checkpoint, which never happens",
            false,
            with(
                new TransferRule() {
                  @Override
                  public boolean mayBegin(VoteSet offering) {
                    return offering.isVoteQuorum();
                  }
                }),
            FULL.withMode(View.Mode.BYZANTINE).withAdversary("bad-pieces")));
  }

  /** Circumstances of which one is changed. */
  private static class Changed implements ValidityRule.Circumstances {
    private final ValidityRule.Circumstances real;

    Changed(ValidityRule.Circumstances real) {
      this.real = real;
    }

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
      return real.clockFits();
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

  private static Rules with(Object rule) {
    Rules s = Rules.standard();
    return new Rules(
        rule instanceof QuorumRule quorum ? quorum : s.quorum(),
        rule instanceof VotingRule voting ? voting : s.voting(),
        rule instanceof SelectionRule selection ? selection : s.selection(),
        rule instanceof EntryRule entries ? entries : s.entries(),
        rule instanceof ValidityRule validity ? validity : s.validity(),
        rule instanceof DeliveryRule delivery ? delivery : s.delivery(),
        rule instanceof RequestRule requests ? requests : s.requests(),
        rule instanceof RegencyRule regency ? regency : s.regency(),
        rule instanceof RestartRule restart ? restart : s.restart(),
        rule instanceof TransferRule transfer ? transfer : s.transfer());
  }
}
