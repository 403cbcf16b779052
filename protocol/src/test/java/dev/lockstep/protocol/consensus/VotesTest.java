package dev.lockstep.protocol.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.rules.VotingRule;
import java.util.List;
import org.junit.jupiter.api.Test;

class VotesTest {
  private static final Digest V = new Digest(1, 0, 0, 0);
  private static final Digest W = new Digest(2, 0, 0, 0);

  private final Votes votes = new Votes(4, VotingRule.STANDARD);

  private boolean write(int member, long regency, Digest digest) {
    Votes.Round round = votes.roundFor(member, regency);
    if (round == null) {
      return false;
    }
    round.writes[member] = digest;
    return true;
  }

  private boolean holdsWrite(int member, long regency) {
    Votes.Round round = votes.roundOrNull(regency);
    return round != null && round.writes[member] != null;
  }

  @Test
  void keepsTheHighestRegenciesOfAMember() {
    for (long regency = 0; regency < 10; regency++) {
      assertThat(write(1, regency, V)).isTrue();
    }
    for (long regency = 0; regency < 10; regency++) {
      assertThat(holdsWrite(1, regency)).isEqualTo(regency >= 10 - Votes.REGENCIES);
    }
  }

  @Test
  void refusesWhatIsLowerThanAllThatItKeeps() {
    for (long regency = 5; regency < 5 + Votes.REGENCIES; regency++) {
      write(1, regency, V);
    }
    assertThat(write(1, 4, V)).isFalse();
    assertThat(write(1, 5, V)).isTrue();
    assertThat(write(2, 4, V)).isTrue();
  }

  @Test
  void aFloodingMemberPushesOutNothingButItsOwn() {
    write(0, 0, V);
    write(2, 0, V);
    write(2, 1, W);
    for (long regency = 0; regency < 1000; regency++) {
      write(1, regency, W);
    }
    write(1, Long.MAX_VALUE, W);

    assertThat(holdsWrite(0, 0)).isTrue();
    assertThat(holdsWrite(2, 0)).isTrue();
    assertThat(holdsWrite(2, 1)).isTrue();
    assertThat(holdsWrite(1, 0)).isFalse();
    assertThat(votes.mask(votes.roundOrNull(0).writes, V)).isEqualTo(0b0101);
  }

  @Test
  void forgetsAllVotesOfTheMemberInTheRegencyThatGoes() {
    Votes.Round round = votes.roundFor(1, 0);
    round.writes[1] = V;
    round.accepts[1] = V;
    round.signatures[1] = Bytes.EMPTY;
    round.checking[1] = W;
    // Somebody else keeps the round alive.
    write(0, 0, V);
    for (long regency = 1; regency <= Votes.REGENCIES; regency++) {
      write(1, regency, V);
    }
    assertThat(round.has(1)).isFalse();
    assertThat(round.signatures[1]).isNull();
  }

  @Test
  void allVotesOfARegencyTakeOnePlace() {
    for (long regency = 0; regency < Votes.REGENCIES; regency++) {
      write(1, regency, V);
      votes.roundFor(1, regency).accepts[1] = V;
      votes.roundFor(1, regency).checking[1] = V;
    }
    assertThat(holdsWrite(1, 0)).isTrue();
  }

  @Test
  void masksCountEqualDigestsOnly() {
    write(0, 0, V);
    write(1, 0, W);
    write(3, 0, V);
    assertThat(votes.mask(votes.roundOrNull(0).writes, V)).isEqualTo(0b1001);
    assertThat(votes.mask(votes.roundOrNull(0).writes, W)).isEqualTo(0b0010);
  }

  @Test
  void votersAreThoseOfAllRoundsKept() {
    write(0, 0, V);
    votes.roundFor(2, 7).accepts[2] = V;
    votes.roundFor(3, 7).checking[3] = V;
    assertThat(votes.voters(V)).isEqualTo(0b0101);
  }

  @Test
  void certificatesHoldTheVotesForTheDigest() {
    Votes.Round round = votes.roundFor(0, 0);
    for (int member : new int[] {0, 1, 3}) {
      round.accepts[member] = member == 1 ? W : V;
      round.signatures[member] = new Bytes(new byte[] {(byte) member});
    }
    assertThat(votes.certificateVotes(round, V, List.of(10, 11, 12, 13)))
        .containsExactly(
            new Certificate.Vote(10, new Bytes(new byte[] {0})),
            new Certificate.Vote(13, new Bytes(new byte[] {3})));
  }
}
