package dev.lockstep.protocol.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Batch.Header;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.rules.ValidityRule.Verdict;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.Views;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** RULES 16 and 17. */
class ValidityRuleTest {
  private static final ValidityRule RULE = ValidityRule.STANDARD;
  private static final View VIEW = Views.byzantine(4, 1, 2);
  private static final Digest ANCESTOR = new Digest(7, 7, 7, 7);
  private static final ClientId ALICE = new ClientId(0, 1);
  private static final ClientId BOB = new ClientId(0, 2);
  private static final Header GOOD = new Header(0, 5, 1000, Digest.ZERO, 3, ANCESTOR);

  private static Reference reference(ClientId client, long session, long sequence, long digest) {
    return new Reference(client, session, sequence, new Digest(digest, 0, 0, 0));
  }

  private static boolean isStatic(Header header, Reference... references) {
    return RULE.isStatic(new Batch(header, List.of(references)), VIEW, 5, ANCESTOR);
  }

  // ---- static -------------------------------------------------------------------------------

  @Test
  void acceptsAGoodBatchAndAnEmptyOne() {
    assertThat(isStatic(GOOD)).isTrue();
    assertThat(
            isStatic(
                GOOD,
                reference(ALICE, 9, 1, 1),
                reference(ALICE, 9, 2, 2),
                reference(BOB, 8, 1, 3)))
        .isTrue();
  }

  /** RULES 19. */
  @Test
  void acceptsTheNoopOfTheInstance() {
    assertThat(RULE.isStatic(Batch.noop(0, 5, ANCESTOR), VIEW, 5, ANCESTOR)).isTrue();
  }

  @Test
  void refusesAnotherInstanceViewOrAncestor() {
    assertThat(isStatic(new Header(0, 6, 1000, Digest.ZERO, 3, ANCESTOR))).isFalse();
    assertThat(isStatic(new Header(1, 5, 1000, Digest.ZERO, 3, ANCESTOR))).isFalse();
    assertThat(isStatic(new Header(0, 5, 1000, Digest.ZERO, 3, Digest.ZERO))).isFalse();
  }

  @Test
  void refusesImpossibleTimes() {
    assertThat(isStatic(new Header(0, 5, -1, Digest.ZERO, 3, ANCESTOR))).isFalse();
    assertThat(isStatic(new Header(0, 5, Long.MAX_VALUE, Digest.ZERO, 3, ANCESTOR))).isFalse();
    assertThat(isStatic(new Header(0, 5, Long.MAX_VALUE / 4, Digest.ZERO, 3, ANCESTOR))).isFalse();
    assertThat(isStatic(new Header(0, 5, 0, Digest.ZERO, 3, ANCESTOR))).isTrue();
  }

  @Test
  void refusesANegativeRegencyAndLeavesTheOthersAlone() {
    assertThat(isStatic(new Header(0, 5, 1000, Digest.ZERO, -1, ANCESTOR))).isFalse();
    assertThat(isStatic(new Header(0, 5, 1000, Digest.ZERO, 1_000_000, ANCESTOR))).isTrue();
  }

  @Test
  void refusesMoreRequestsThanTheViewAllows() {
    int most = VIEW.limits().batchRequests();
    List<Reference> references = new ArrayList<>();
    for (int i = 1; i <= most; i++) {
      references.add(reference(ALICE, 9, i, i));
    }
    assertThat(isStatic(GOOD, references.toArray(Reference[]::new))).isTrue();

    references.add(reference(ALICE, 9, most + 1, most + 1));
    assertThat(isStatic(GOOD, references.toArray(Reference[]::new))).isFalse();
  }

  @Test
  void refusesARequestTwice() {
    Reference one = reference(ALICE, 9, 1, 1);
    Reference open = reference(ALICE, 0, 0, 1);

    assertThat(isStatic(GOOD, one, one)).isFalse();
    assertThat(isStatic(GOOD, one, reference(BOB, 7, 1, 2), one)).isFalse();
    assertThat(isStatic(GOOD, open, open)).isFalse();
  }

  /** Two variants of one sequence in one batch are the leader's fault. */
  @Test
  void refusesTwoRequestsForOnePlace() {
    assertThat(isStatic(GOOD, reference(ALICE, 9, 1, 1), reference(ALICE, 9, 1, 2))).isFalse();
  }

  @Test
  void acceptsSeveralOpens() {
    assertThat(isStatic(GOOD, reference(ALICE, 0, 0, 1), reference(ALICE, 0, 0, 2))).isTrue();
  }

  // ---- fresh --------------------------------------------------------------------------------

  /** What a replica knows; all is well unless said otherwise. */
  private static final class Known implements ValidityRule.Circumstances {
    boolean authentic = true;
    Boolean fit = true;
    boolean clock = true;
    boolean duplicates;
    boolean rival;

    @Override
    public boolean allAuthentic() {
      return authentic;
    }

    @Override
    public Boolean bodiesFit() {
      return fit;
    }

    @Override
    public boolean clockFits() {
      return clock;
    }

    @Override
    public boolean hasDuplicates() {
      return duplicates;
    }

    @Override
    public boolean hasRival(Reference reference) {
      return rival;
    }
  }

  private final Known known = new Known();
  private final Reference one = reference(ALICE, 9, 1, 1);
  private final Reference two = reference(BOB, 7, 1, 2);
  private final Batch batch = new Batch(GOOD, List.of(one, two));

  private Verdict fresh() {
    return RULE.fresh(batch, 3, known);
  }

  @Test
  void validWhenAllIsWell() {
    assertThat(fresh()).isEqualTo(Verdict.VALID);
  }

  @Test
  void invalidInAnotherRegency() {
    assertThat(RULE.fresh(batch, 2, known)).isEqualTo(Verdict.INVALID);
    assertThat(RULE.fresh(batch, 4, known)).isEqualTo(Verdict.INVALID);
    known.fit = null;
    known.clock = false;
    assertThat(RULE.fresh(batch, 4, known)).isEqualTo(Verdict.INVALID);
  }

  /** Digests bind bodies to references, so one that does not fit was never any good. */
  @Test
  void invalidWhenABodyContradictsItsReference() {
    known.fit = false;
    assertThat(fresh()).isEqualTo(Verdict.INVALID);
    known.authentic = false;
    assertThat(fresh()).isEqualTo(Verdict.INVALID);
  }

  @Test
  void waitsForBodies() {
    known.fit = null;
    known.authentic = false;
    assertThat(fresh()).isEqualTo(Verdict.WAIT);
  }

  /** T6: a body that is here but not authentic is no reason for STOP, and none for a WRITE. */
  @Test
  void waitsForAuthenticity() {
    known.authentic = false;
    assertThat(fresh()).isEqualTo(Verdict.WAIT);
  }

  /** T9, F17. */
  @Test
  void waitsForTheClock() {
    known.clock = false;
    assertThat(fresh()).isEqualTo(Verdict.WAIT);
  }

  /** F9: honest leaders may propose what another regency bound, before they can know. */
  @Test
  void waitsOnDuplicates() {
    known.duplicates = true;
    assertThat(fresh()).isEqualTo(Verdict.WAIT);
  }

  /** T5, RULES 14: two variants of a request are evidence against the client only. */
  @Test
  void aRivalIsNoReasonToWait() {
    known.rival = true;
    assertThat(fresh()).isEqualTo(Verdict.VALID);
  }
}
