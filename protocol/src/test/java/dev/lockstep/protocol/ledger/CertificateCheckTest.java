package dev.lockstep.protocol.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.RandomValues;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.replica.TestCrypto;
import dev.lockstep.protocol.rules.VotingRule;
import dev.lockstep.protocol.view.Domains;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.Views;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** What proves a decision to anybody (RULES 22). */
class CertificateCheckTest {
  private static final Digest CLUSTER = new Digest(9, 9, 9, 9);
  private static final Digest V = new Digest(1, 0, 0, 0);
  private static final Digest W = new Digest(2, 0, 0, 0);

  private final TestCrypto crypto = new TestCrypto();
  private View view = Views.byzantine(4, 1, 1);

  private boolean isValid(Certificate certificate) {
    return isValid(certificate, Domains.only(CLUSTER));
  }

  private boolean isValid(Certificate certificate, Domains domains) {
    return new CertificateCheck(domains, Views.quorums(view), VotingRule.STANDARD, crypto)
        .isValid(certificate);
  }

  private Certificate.Vote vote(int replica, long instance, long regency, Digest digest) {
    byte[] statement = Statements.accept(CLUSTER, 0, instance, regency, digest, replica);
    return new Certificate.Vote(replica, crypto.signer(replica).sign(statement));
  }

  private Certificate certificate(int... signers) {
    return new Certificate(
        5, 2, V, Arrays.stream(signers).mapToObj(signer -> vote(signer, 5, 2, V)).toList());
  }

  private Certificate with(Certificate.Vote third) {
    return new Certificate(5, 2, V, List.of(vote(0, 5, 2, V), vote(1, 5, 2, V), third));
  }

  @Test
  void acceptsAnyQuorumInAnyOrder() {
    assertThat(isValid(certificate(0, 1, 2))).isTrue();
    assertThat(isValid(certificate(3, 1, 2))).isTrue();
    assertThat(isValid(certificate(0, 1, 2, 3))).isTrue();
    assertThat(isValid(with(vote(2, 5, 2, V)))).isTrue();
  }

  /** Else whoever kept a decision that a restored group forgot could prove it. */
  @Test
  void refusesWhatWasSignedBeforeTheGroupWasRestoredToAnEarlierInstance() {
    Domains now = Domains.only(CLUSTER).restoredAfter(4, V);
    assertThat(isValid(certificate(0, 1, 2), now)).isFalse();
    assertThat(isValid(certificate(0, 1, 2), Domains.only(CLUSTER).restoredAfter(5, V))).isTrue();
    Domains twice = now.restoredAfter(5, W);
    assertThat(twice.at(5)).isEqualTo(now.now()).isNotEqualTo(twice.now());
    assertThat(twice.at(4)).isEqualTo(CLUSTER);
    assertThat(Domains.only(CLUSTER).restoredAfter(4, W).now()).isNotEqualTo(now.now());
    assertThatThrownBy(() -> twice.restoredAfter(4, V)).hasMessageContaining("must not be below");
  }

  @Test
  void refusesTooFew() {
    assertThat(isValid(certificate())).isFalse();
    assertThat(isValid(certificate(0, 1))).isFalse();
  }

  @Test
  void refusesASignerTwice() {
    assertThat(isValid(certificate(0, 1, 1))).isFalse();
    assertThat(isValid(certificate(0, 1, 2, 2))).isFalse();
  }

  @Test
  void refusesWhoIsNoMember() {
    assertThat(isValid(certificate(0, 1, 4))).isFalse();
    assertThat(isValid(certificate(0, 1, -1))).isFalse();
    assertThat(isValid(certificate(0, 1, 2, 64))).isFalse();
  }

  @Test
  void refusesVotesForSomethingElse() {
    assertThat(isValid(with(vote(2, 6, 2, V)))).isFalse();
    assertThat(isValid(with(vote(2, 5, 1, V)))).isFalse();
    assertThat(isValid(with(vote(2, 5, 2, W)))).isFalse();
  }

  @Test
  void refusesVotesThatAreAllForSomethingElse() {
    List<Certificate.Vote> votes = certificate(0, 1, 2).votes();
    assertThat(isValid(new Certificate(6, 2, V, votes))).isFalse();
    assertThat(isValid(new Certificate(5, 3, V, votes))).isFalse();
    assertThat(isValid(new Certificate(5, 2, W, votes))).isFalse();
  }

  @Test
  void refusesSignaturesOfOthers() {
    assertThat(isValid(with(new Certificate.Vote(2, vote(3, 5, 2, V).signature())))).isFalse();
    assertThat(isValid(with(new Certificate.Vote(2, Bytes.EMPTY)))).isFalse();
  }

  /** One bad signature spoils the certificate, even if the others would suffice. */
  @Test
  void refusesABadOneAmongEnough() {
    List<Certificate.Vote> votes = new ArrayList<>(certificate(0, 1, 2).votes());
    votes.add(new Certificate.Vote(3, Bytes.EMPTY));
    assertThat(isValid(new Certificate(5, 2, V, votes))).isFalse();
  }

  /** RULES 22: cluster and view are signed. */
  @Test
  void refusesVotesOfAnotherClusterOrView() {
    byte[] cluster = Statements.accept(W, 0, 5, 2, V, 2);
    byte[] other = Statements.accept(CLUSTER, 1, 5, 2, V, 2);
    assertThat(isValid(with(new Certificate.Vote(2, crypto.signer(2).sign(cluster))))).isFalse();
    assertThat(isValid(with(new Certificate.Vote(2, crypto.signer(2).sign(other))))).isFalse();
  }

  @Test
  void refusesImpossibleNumbers() {
    for (long instance : new long[] {0, -1, Long.MIN_VALUE}) {
      assertThat(isValid(signed(instance, 2))).isFalse();
    }
    assertThat(isValid(signed(5, -1))).isFalse();
    assertThat(isValid(signed(1, 0))).isTrue();
  }

  private Certificate signed(long instance, long regency) {
    List<Certificate.Vote> votes = new ArrayList<>();
    for (int signer = 0; signer < 4; signer++) {
      votes.add(vote(signer, instance, regency, V));
    }
    return new Certificate(instance, regency, V, votes);
  }

  /** T7. */
  @Test
  void sixReplicasOneFaultNeedFourSignatures() {
    view = Views.byzantine(6, 1, 1);
    assertThat(isValid(certificate(0, 1, 2))).isFalse();
    assertThat(isValid(certificate(0, 1, 2, 5))).isTrue();
  }

  @Test
  void weightsAreCounted() {
    view = Views.weighted(View.Mode.BYZANTINE, 1, 2, 2, 1, 1, 1);
    assertThat(isValid(certificate(2, 3, 4))).isFalse();
    assertThat(isValid(certificate(0, 2, 3))).isFalse();
    assertThat(isValid(certificate(0, 1, 4))).isTrue();
  }

  /** RULES 4: in crash mode it is the word of an honest replica. */
  @Test
  void crashModeNeedsNoSignatures() {
    view = Views.crash(3, 1, 1);
    assertThat(isValid(new Certificate(5, 2, V, List.of()))).isTrue();
    assertThat(isValid(new Certificate(0, 2, V, List.of()))).isFalse();
    assertThat(isValid(new Certificate(5, -1, V, List.of()))).isFalse();
  }

  @Property(tries = 1000)
  void garbageIsNoCertificate(@ForAll long seed) {
    assertThat(isValid(new RandomValues(seed).certificate())).isFalse();
  }
}
