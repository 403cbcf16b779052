package dev.lockstep.fabric.broadcast;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lockstep.fabric.Samples;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hyperledger.fabric.protos.common.Status;
import org.hyperledger.fabric.protos.orderer.SeekInfo;
import org.hyperledger.fabric.protos.orderer.SeekNewest;
import org.hyperledger.fabric.protos.orderer.SeekNextCommit;
import org.hyperledger.fabric.protos.orderer.SeekOldest;
import org.hyperledger.fabric.protos.orderer.SeekPosition;
import org.hyperledger.fabric.protos.orderer.SeekSpecified;
import org.junit.jupiter.api.Test;

class SeekPlanTest {
  private static final Pattern CASE =
      Pattern.compile(
          "(oldest|newest|next|\\d+)\\.\\.(oldest|newest|next|max|\\d+)"
              + " (FAIL|UNTIL|HEADER_WITH_SIG|BEST_EFFORT)(?: \\(.*\\)| (\\+ a submit))?");

  /** A chain that gets longer by one block, once, while somebody waits. */
  private static final class Chain {
    private long height;
    private boolean submits;

    private List<String> answer(SeekInfo seek) {
      SeekPlan plan = SeekPlan.of(seek, height);
      List<String> answer = new ArrayList<>();
      if (plan.status() != Status.SUCCESS) {
        answer.add(plan.status().name());
        return answer;
      }
      for (long next = plan.start(); ; next++) {
        if (next == height && !plan.isWaiting()) {
          answer.add("NOT_FOUND");
          return answer;
        }
        if (next == height && !submits) {
          answer.add("left open");
          return answer;
        }
        if (next == height) {
          height++;
          submits = false;
        }
        answer.add("B" + next + (plan.isHeadersOnly() && next != 0 ? "(nodata)" : ""));
        if (next == plan.stop()) {
          answer.add("SUCCESS");
          return answer;
        }
      }
    }
  }

  @Test
  void everyRecordedSeekIsAnsweredAgain() {
    Chain chain = new Chain();
    chain.height = 4;
    int seeks = 0;
    for (JsonNode entry : Samples.json("answers.json").get("cases")) {
      Matcher matcher = CASE.matcher(entry.get("case").asText());
      if (!entry.get("op").asText().equals("Deliver") || !matcher.matches()) {
        continue;
      }
      chain.submits = matcher.group(4) != null;
      SeekInfo.Builder seek =
          SeekInfo.newBuilder()
              .setStart(position(matcher.group(1)))
              .setStop(position(matcher.group(2)));
      switch (matcher.group(3)) {
        case "FAIL" -> seek.setBehavior(SeekInfo.SeekBehavior.FAIL_IF_NOT_READY);
        case "HEADER_WITH_SIG" -> seek.setContentType(SeekInfo.SeekContentType.HEADER_WITH_SIG);
        case "BEST_EFFORT" -> seek.setErrorResponse(SeekInfo.SeekErrorResponse.BEST_EFFORT);
        default -> seek.setBehavior(SeekInfo.SeekBehavior.BLOCK_UNTIL_READY);
      }
      String recorded =
          entry.get("recorded").asText().replaceAll("ERR\\(.*", "left open").replace(" EOF", "");
      assertThat(String.join(" ", chain.answer(seek.build())))
          .as(entry.get("case").asText())
          .isEqualTo(recorded);
      seeks++;
    }
    assertThat(seeks).isEqualTo(20);
    assertThat(chain.height).isEqualTo(8);
  }

  static SeekPosition position(String name) {
    SeekPosition.Builder position = SeekPosition.newBuilder();
    switch (name) {
      case "oldest" -> position.setOldest(SeekOldest.getDefaultInstance());
      case "newest" -> position.setNewest(SeekNewest.getDefaultInstance());
      case "next" -> position.setNextCommit(SeekNextCommit.getDefaultInstance());
      default ->
          position.setSpecified(
              SeekSpecified.newBuilder().setNumber(name.equals("max") ? -1 : Long.parseLong(name)));
    }
    return position.build();
  }

  @Test
  void aStartAboveTheHeightIsNotFoundWhateverTheStop() {
    SeekInfo.Builder seek = SeekInfo.newBuilder().setStart(position("5"));
    assertThat(SeekPlan.of(seek.setStop(position("2")).build(), 4).status())
        .isEqualTo(Status.NOT_FOUND);
    assertThat(SeekPlan.of(seek.setStart(position("max")).build(), 4).status())
        .isEqualTo(Status.NOT_FOUND);
    assertThat(SeekPlan.of(seek.setStart(SeekPosition.getDefaultInstance()).build(), 4).status())
        .isEqualTo(Status.NOT_FOUND);
  }
}
