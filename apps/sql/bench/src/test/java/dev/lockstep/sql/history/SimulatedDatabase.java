package dev.lockstep.sql.history;

import dev.lockstep.sql.history.Operation.Append;
import dev.lockstep.sql.history.Operation.Read;
import dev.lockstep.sql.history.Operation.Step;
import dev.lockstep.sql.history.Operation.Transaction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** A database with snapshot isolation, on one thread and from one seed; or with a defect. */
final class SimulatedDatabase {
  enum Defect {
    NONE,
    /** Conflicts are not noticed, and what a transaction appends comes after the newest version. */
    NO_CONFLICTS,
    /** Reads see whatever is committed now. */
    NEWEST_COMMITTED,
    /** Appends are seen by all at once, also those of transactions that fail later. */
    DIRTY,
    /** Now and then a snapshot is older than it may be. */
    OLD_SNAPSHOTS,
    /** Now and then a transaction is acknowledged and forgotten. */
    FORGETFUL,
    /** Now and then a transaction is applied twice. */
    TWICE
  }

  private static final int KEYS = 4;

  private static final class Session {
    final long process;
    final List<Step> plan;
    final List<Step> done = new ArrayList<>();
    final Map<Long, List<Long>> own = new HashMap<>();
    int snapshot;

    Session(long process, List<Step> plan) {
      this.process = process;
      this.plan = plan;
    }
  }

  private final Random random;
  private final Defect defect;
  private final Recorder recorder = new Recorder();
  private final List<Map<Long, List<Long>>> versions = new ArrayList<>(List.of(Map.of()));
  private final Map<Long, Integer> changed = new HashMap<>();
  private final Map<Long, List<Long>> dirty = new HashMap<>();
  private long value;

  SimulatedDatabase(long seed, Defect defect) {
    random = new Random(seed);
    this.defect = defect;
  }

  History run(int processes, int steps) {
    Session[] sessions = new Session[processes];
    for (int i = 0; i < steps; i++) {
      int at = random.nextInt(processes);
      if (sessions[at] == null) {
        sessions[at] = begin(at, plan());
      } else if (sessions[at].done.size() < sessions[at].plan.size()) {
        step(sessions[at]);
      } else {
        end(sessions[at]);
        sessions[at] = null;
      }
    }
    List<Step> all = new ArrayList<>();
    for (long key = 0; key < KEYS; key++) {
      all.add(new Read(key, null));
    }
    Session reader = begin(processes, all);
    all.forEach(any -> step(reader));
    end(reader);
    return recorder.history();
  }

  private List<Step> plan() {
    List<Step> plan = new ArrayList<>();
    int length = 1 + random.nextInt(4);
    for (int i = 0; i < length; i++) {
      long key = random.nextInt(KEYS);
      plan.add(random.nextBoolean() ? new Read(key, null) : new Append(key, value++));
    }
    return plan;
  }

  private Session begin(long process, List<Step> plan) {
    Session session = new Session(process, plan);
    session.snapshot = versions.size() - 1;
    if (defect == Defect.OLD_SNAPSHOTS && random.nextInt(10) == 0) {
      session.snapshot = Math.max(0, session.snapshot - 5);
    }
    recorder.note(session.process, Outcome.INVOKE, new Transaction(session.plan));
    return session;
  }

  private void step(Session session) {
    Step step = session.plan.get(session.done.size());
    if (step instanceof Append append) {
      session.own.computeIfAbsent(append.key(), any -> new ArrayList<>()).add(append.value());
      dirty.computeIfAbsent(append.key(), any -> new ArrayList<>()).add(append.value());
      session.done.add(step);
      return;
    }
    List<Long> values;
    if (defect == Defect.DIRTY) {
      values = dirty.getOrDefault(step.key(), List.of());
    } else {
      int version = defect == Defect.NEWEST_COMMITTED ? versions.size() - 1 : session.snapshot;
      values = new ArrayList<>(versions.get(version).getOrDefault(step.key(), List.of()));
      values.addAll(session.own.getOrDefault(step.key(), List.of()));
    }
    session.done.add(new Read(step.key(), values));
  }

  private void end(Session session) {
    boolean conflict =
        session.own.keySet().stream()
            .anyMatch(key -> changed.getOrDefault(key, 0) > session.snapshot);
    boolean fails = defect == Defect.DIRTY ? random.nextInt(10) == 0 : conflict;
    if (fails && defect != Defect.NO_CONFLICTS) {
      recorder.note(session.process, Outcome.FAIL, new Transaction(session.plan));
      return;
    }
    if (!(defect == Defect.FORGETFUL && random.nextInt(5) == 0)) {
      apply(session);
    }
    if (defect == Defect.TWICE && random.nextInt(5) == 0) {
      apply(session);
    }
    recorder.note(session.process, Outcome.OK, new Transaction(session.done));
  }

  private void apply(Session session) {
    Map<Long, List<Long>> next = new HashMap<>(versions.get(versions.size() - 1));
    Set<Long> keys = new HashSet<>(session.own.keySet());
    for (long key : keys) {
      List<Long> values = new ArrayList<>(next.getOrDefault(key, List.of()));
      values.addAll(session.own.get(key));
      next.put(key, values);
      changed.put(key, versions.size());
    }
    versions.add(next);
  }
}
