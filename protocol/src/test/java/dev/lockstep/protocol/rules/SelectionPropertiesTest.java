package dev.lockstep.protocol.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.message.Testimony.Lock;
import dev.lockstep.protocol.message.Testimony.Open;
import dev.lockstep.protocol.message.Testimony.Written;
import dev.lockstep.protocol.rules.SelectionRule.Choice;
import dev.lockstep.protocol.rules.SelectionRule.Kind;
import dev.lockstep.protocol.rules.SelectionRule.Outcome;
import dev.lockstep.protocol.view.QuorumSystem;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.Views;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * {@link SelectionRule} against a second implementation, a port of {@code predicate} and {@code
 * outcome} of models/pipeline_model.py with RULES 23 added. It shares no code with the first.
 */
class SelectionPropertiesTest {
  private static final int DIGESTS = 3;

  // ---- the second implementation ------------------------------------------------------------

  /** What an entry says, in the words of the model. */
  private static final class Plain {
    int weight;
    long last;
    final Map<Long, Integer> certificates = new HashMap<>();
    final Map<Long, Votes> votes = new HashMap<>();
  }

  /** {@code locked} is null for no lock; {@code written} has the highest regency per digest. */
  private record Votes(long lockedIn, Integer locked, Map<Integer, Long> written) {}

  private static final Votes NOTHING = new Votes(-1, null, Map.of());

  /**
   * What may become of an instance: several values only if liars made two of them bound at once.
   */
  private record May(Kind kind, Set<Integer> values) {}

  private static May predicate(List<Plain> plain, List<Votes> rows, long vote, int oneCorrect) {
    long best = -1;
    Set<Integer> values = new HashSet<>();
    for (Votes candidate : rows) {
      if (candidate.locked == null || candidate.lockedIn < best) {
        continue;
      }
      long ts = candidate.lockedIn;
      int d = candidate.locked;
      long weight = 0;
      int writers = 0;
      for (int i = 0; i < rows.size(); i++) {
        Votes row = rows.get(i);
        boolean same = row.lockedIn == ts && row.locked != null && row.locked == d;
        weight += row.lockedIn < ts || same ? plain.get(i).weight : 0;
        boolean lockedLater = row.locked != null && row.locked == d && row.lockedIn >= ts;
        writers += row.written.getOrDefault(d, -9L) >= ts || lockedLater ? 1 : 0;
      }
      if (weight >= vote && writers >= oneCorrect) {
        if (ts > best) {
          values.clear();
        }
        best = ts;
        values.add(d);
      }
    }
    if (!values.isEmpty()) {
      return new May(Kind.BOUND, values);
    }
    long unlocked = 0;
    for (int i = 0; i < rows.size(); i++) {
      unlocked += rows.get(i).lockedIn == -1 ? plain.get(i).weight : 0;
    }
    return unlocked >= vote ? new May(Kind.FREE, Set.of()) : null;
  }

  private static May crashPredicate(List<Votes> rows) {
    long best = rows.stream().mapToLong(Votes::lockedIn).max().orElse(-1);
    if (best < 0) {
      return new May(Kind.FREE, Set.of());
    }
    Set<Integer> values = new HashSet<>();
    rows.stream().filter(row -> row.lockedIn == best).forEach(row -> values.add(row.locked));
    return new May(Kind.BOUND, values);
  }

  private static TreeMap<Long, May> outcome(List<Plain> entries, View view) {
    List<Integer> weights =
        new ArrayList<>(view.members().stream().map(View.Member::weight).toList());
    weights.sort(Collections.reverseOrder());
    long total = weights.stream().mapToLong(weight -> weight).sum();
    long top = weights.subList(0, view.faults()).stream().mapToLong(weight -> weight).sum();
    boolean byzantine = view.mode() == View.Mode.BYZANTINE;
    long vote = byzantine ? Math.floorDiv(total + top, 2) + 1 : Math.floorDiv(total, 2) + 1;
    if (entries.stream().mapToLong(entry -> entry.weight).sum() < vote) {
      return null;
    }
    long m = entries.stream().mapToLong(entry -> entry.last).max().orElseThrow();
    TreeMap<Long, May> out = new TreeMap<>();
    long h = m;
    for (long t = m + 1; t <= m + view.window(); t++) {
      List<Votes> rows = new ArrayList<>();
      Set<Integer> certified = new HashSet<>();
      for (Plain entry : entries) {
        if (entry.certificates.containsKey(t)) {
          certified.add(entry.certificates.get(t));
        }
        rows.add(entry.votes.getOrDefault(t, NOTHING));
      }
      May may;
      if (!certified.isEmpty()) {
        may = new May(Kind.DECIDED, certified);
      } else if (byzantine) {
        may = predicate(entries, rows, vote, view.faults() + 1);
      } else {
        may = crashPredicate(rows);
      }
      if (may == null) {
        return null;
      }
      out.put(t, may);
      h = may.kind == Kind.FREE ? h : t;
    }
    for (long t = m + 1; t <= h; t++) {
      if (out.get(t).kind == Kind.FREE) {
        out.put(t, new May(Kind.NOOP, Set.of()));
      }
    }
    return out;
  }

  // ---- random entries -----------------------------------------------------------------------

  /** The same content in both forms. */
  private record Drawn(View view, List<Plain> plain, List<Testimony> entries) {}

  private static Digest digest(int value) {
    return new Digest(value, 0, 0, value);
  }

  private static Drawn draw(Random random, View.Mode mode) {
    View view = Views.random(random, mode, 1 + random.nextInt(4), 8);
    long regency = 1 + random.nextInt(4);
    int spread = 1 + random.nextInt(3);
    // How much of a mess: few locks and few values make sound sets, many make unsound ones.
    double locks = new double[] {0.05, 0.3, 0.7}[random.nextInt(3)];
    double favour = new double[] {0.4, 0.8, 1}[random.nextInt(3)];
    List<Integer> senders = new ArrayList<>();
    for (int i = 0; i < view.size(); i++) {
      if (random.nextInt(8) != 0) {
        senders.add(i);
      }
    }
    Collections.shuffle(senders, random);
    List<Plain> plains = new ArrayList<>();
    List<Testimony> entries = new ArrayList<>();
    for (int sender : senders) {
      Plain plain = new Plain();
      plain.weight = view.members().get(sender).weight();
      plain.last = random.nextInt(spread);
      List<Open> open = new ArrayList<>();
      for (long t = plain.last + 1; t <= plain.last + view.window(); t++) {
        int shape = random.nextInt(10);
        if (shape == 0) {
          int value = value(random, favour);
          plain.certificates.put(t, value);
          open.add(new Open(t, digest(value), Lock.NONE, List.of()));
        } else if (shape < 7) {
          open.add(votes(random, t, regency, locks, favour, plain));
        }
      }
      plains.add(plain);
      entries.add(Entries.entry(sender, regency, view.window(), plain.last));
      entries.set(entries.size() - 1, withOpen(entries.get(entries.size() - 1), open));
    }
    return new Drawn(view, plains, entries);
  }

  private static int value(Random random, double favour) {
    return random.nextDouble() < favour ? 0 : random.nextInt(DIGESTS);
  }

  private static Open votes(
      Random random, long t, long regency, double locks, double favour, Plain plain) {
    boolean hasLock = random.nextDouble() < locks;
    long lockedIn = hasLock ? random.nextInt((int) regency) : -1;
    Integer locked = hasLock ? value(random, favour) : null;
    Map<Integer, Long> written = new HashMap<>();
    TreeMap<Long, Digest> ascending = new TreeMap<>();
    for (int d = 0; d < DIGESTS; d++) {
      long in = random.nextInt((int) regency);
      if (random.nextDouble() < (d == 0 ? 0.7 : 0.2) && !ascending.containsKey(in)) {
        written.put(d, in);
        ascending.put(in, digest(d));
      }
    }
    plain.votes.put(t, new Votes(lockedIn, locked, written));
    List<Written> writeSet = new ArrayList<>();
    ascending.forEach((in, digest) -> writeSet.add(new Written(in, digest)));
    Lock lock = hasLock ? new Lock(lockedIn, digest(locked)) : Lock.NONE;
    return new Open(t, null, lock, writeSet);
  }

  private static Testimony withOpen(Testimony entry, List<Open> open) {
    return new Testimony(
        entry.regency(),
        entry.replica(),
        entry.incarnation(),
        entry.lastDelivered(),
        entry.prefix(),
        open);
  }

  // ---- properties ---------------------------------------------------------------------------

  @Property(tries = 4000)
  void agreesWithTheModel(@ForAll long seed, @ForAll View.Mode mode) {
    Drawn drawn = draw(new Random(seed), mode);
    QuorumSystem quorums = Views.quorums(drawn.view);

    Outcome outcome = SelectionRule.STANDARD.evaluate(drawn.entries, quorums);
    TreeMap<Long, May> expected = outcome(drawn.plain, drawn.view);

    if (expected == null) {
      assertThat(outcome).isNull();
      return;
    }
    assertThat(outcome).isNotNull();
    assertThat(outcome.choices().keySet()).isEqualTo(expected.keySet());
    assertThat(outcome.prefix()).isEqualTo(expected.firstKey() - 1);
    long horizon = outcome.prefix();
    for (Map.Entry<Long, May> each : expected.entrySet()) {
      Choice choice = outcome.choices().get(each.getKey());
      May may = each.getValue();
      assertThat(choice.kind()).isEqualTo(may.kind);
      if (may.values.isEmpty()) {
        assertThat(choice.digest()).isNull();
      } else {
        assertThat(may.values.stream().map(SelectionPropertiesTest::digest))
            .contains(choice.digest());
        horizon = each.getKey();
      }
    }
    assertThat(outcome.horizon()).isEqualTo(horizon);
  }

  /** The entries above are valid ones: what the rule is asked in earnest. */
  @Property(tries = 500)
  void drawsValidEntries(@ForAll long seed) {
    Drawn drawn = draw(new Random(seed), View.Mode.BYZANTINE);

    for (Testimony entry : drawn.entries) {
      assertThat(
              EntryRule.STANDARD.isValid(
                  entry, entry.regency(), drawn.view.window(), (instance, digest) -> true))
          .isTrue();
    }
  }

  /** Leader and receivers see the entries in the same order, so the same entries say the same. */
  @Property(tries = 500)
  void isAFunctionOfTheEntries(@ForAll long seed, @ForAll View.Mode mode) {
    Drawn drawn = draw(new Random(seed), mode);
    QuorumSystem quorums = Views.quorums(drawn.view);

    assertThat(SelectionRule.STANDARD.evaluate(List.copyOf(drawn.entries), quorums))
        .isEqualTo(SelectionRule.STANDARD.evaluate(drawn.entries, quorums));
  }
}
