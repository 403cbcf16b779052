package dev.lockstep.sql.tpcc;

import java.math.BigDecimal;
import java.util.SplittableRandom;

/** What the specification draws: see its clauses 2.1.6 and 4.3.2. For one thread. */
final class Draw {
  private static final String[] SYLLABLES = {
    "BAR", "OUGHT", "ABLE", "PRI", "PRES", "ESE", "ANTI", "CALLY", "ATION", "EING"
  };
  private static final String LETTERS =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

  /** The constants of the uneven draws; those of names differ between load and run by 70. */
  private static final int C_LAST_LOAD = 20;

  private static final int C_LAST_RUN = 90;
  private static final int C_CUSTOMER = 259;
  private static final int C_ITEM = 7911;

  private final SplittableRandom random;
  private final Scale scale;

  Draw(Scale scale, long seed) {
    this.scale = scale;
    random = new SplittableRandom(seed);
  }

  /** Evenly, both ends included. */
  int number(int least, int most) {
    return least + random.nextInt(most - least + 1);
  }

  boolean percent(int percent) {
    return random.nextInt(100) < percent;
  }

  double unit() {
    return random.nextDouble();
  }

  private int uneven(int a, int c, int least, int most) {
    return ((number(0, a) | number(least, most)) + c) % (most - least + 1) + least;
  }

  int customer() {
    return uneven(1023, C_CUSTOMER, 1, scale.customers());
  }

  int item() {
    return uneven(8191, C_ITEM, 1, scale.items());
  }

  /** A last name that customers of the load have. */
  String lastName() {
    return lastName(uneven(255, C_LAST_RUN, 0, lastNames() - 1));
  }

  /** The last name of a customer of the load: the first thousand have all of them. */
  String lastNameOf(int customer) {
    return lastName(
        customer <= lastNames() ? customer - 1 : uneven(255, C_LAST_LOAD, 0, lastNames() - 1));
  }

  private int lastNames() {
    return Math.min(1000, scale.customers());
  }

  private static String lastName(int number) {
    return SYLLABLES[number / 100] + SYLLABLES[number / 10 % 10] + SYLLABLES[number % 10];
  }

  String text(int least, int most) {
    return text(least, most, LETTERS.length());
  }

  private String text(int least, int most, int letters) {
    int length = number(least, most);
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      text.append(LETTERS.charAt(random.nextInt(letters)));
    }
    return text.toString();
  }

  String digits(int length) {
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      text.append((char) ('0' + random.nextInt(10)));
    }
    return text.toString();
  }

  String zip() {
    return digits(4) + "11111";
  }

  /** Data of items and stock: every tenth is original. */
  String data() {
    String text = text(26, 50);
    if (!percent(10)) {
      return text;
    }
    int at = number(0, text.length() - 8);
    return text.substring(0, at) + "ORIGINAL" + text.substring(at + 8);
  }

  /** With a number of digits behind the point, evenly between both ends in units of these. */
  BigDecimal decimal(int least, int most, int scale) {
    return BigDecimal.valueOf(number(least, most), scale);
  }

  /** The numbers from 1 on in any order. */
  int[] permutation(int count) {
    int[] numbers = new int[count];
    for (int i = 0; i < count; i++) {
      int at = random.nextInt(i + 1);
      numbers[i] = numbers[at];
      numbers[at] = i + 1;
    }
    return numbers;
  }
}
