package dev.lockstep.protocol.replica.regency;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.Claim;
import dev.lockstep.protocol.message.Message.SignedTestimony;
import dev.lockstep.protocol.message.Message.StopData;
import dev.lockstep.protocol.message.Message.Sync;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.replica.PartFixture;
import dev.lockstep.protocol.rules.EntryRule;
import dev.lockstep.protocol.rules.SelectionRule;
import java.util.ArrayList;
import java.util.List;

/** Leader's and follower's side of a SYNC at one replica, and entries for them. */
final class RegencyParts {
  final PartFixture facts;
  final Stops stops;
  final SyncFollower follower;
  final SyncLeader leader;

  RegencyParts(int self) {
    facts = new PartFixture(self);
    stops =
        new Stops(
            self,
            facts.views,
            facts.clock,
            facts.out,
            facts.log,
            facts.regency,
            facts.voice,
            facts.timeouts,
            facts.life);
    Entries entries =
        new Entries(
            facts.genesis,
            facts.log,
            facts.window,
            facts.incarnations,
            facts.certificates,
            facts.claims,
            facts.crypto,
            EntryRule.STANDARD);
    follower =
        new SyncFollower(
            facts.genesis,
            facts.views,
            facts.out,
            facts.log,
            facts.window,
            facts.regency,
            facts.voice,
            entries,
            facts.crypto,
            SelectionRule.STANDARD,
            stops,
            facts.life);
    leader =
        new SyncLeader(
            self,
            facts.genesis,
            facts.views,
            facts.out,
            facts.log,
            facts.window,
            facts.regency,
            entries,
            facts.crypto.signer(self),
            SelectionRule.STANDARD,
            follower);
    facts.life.add(leader);
  }

  /** A replica that never voted states that it delivered nothing. */
  StopData nothing(int replica, long regency) {
    return stated(replica, new Testimony(regency, replica, 0, 0, List.of(), List.of()));
  }

  /** The same of a replica that acknowledged these, in this life of its own. */
  StopData nothing(int replica, long regency, long incarnation, Claim... acknowledged) {
    return stated(
        replica,
        new Testimony(
            regency, replica, incarnation, 0, List.of(), List.of(), List.of(acknowledged)));
  }

  StopData stated(int signer, Testimony core) {
    Bytes signature =
        facts.crypto.signer(signer).sign(Statements.stopData(facts.genesis.cluster(), core));
    return new StopData(new SignedTestimony(core, signature), List.of());
  }

  /** A SYNC of the leader of the regency with entries of these. */
  Sync sync(long regency, int... replicas) {
    List<SignedTestimony> entries = new ArrayList<>();
    for (int replica : replicas) {
      entries.add(nothing(replica, regency).testimony());
    }
    return sync(regency, entries);
  }

  Sync sync(long regency, List<SignedTestimony> entries) {
    int from = facts.regency.leaderOf(regency);
    Bytes signature =
        facts
            .crypto
            .signer(from)
            .sign(Statements.sync(facts.genesis.cluster(), regency, from, entries));
    return new Sync(regency, entries, List.of(), List.of(), signature);
  }
}
