import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Properties;

/** Reads lines of Base64 with a properties text each; answers with path and value, each in Base64, on one line. */
public final class ReadProperties {
  public static void main(String[] arguments) throws Exception {
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Properties properties = new Properties();
      properties.load(new StringReader(new String(Base64.getDecoder().decode(line), StandardCharsets.UTF_8)));
      StringBuilder answer = new StringBuilder();
      for (String name : properties.stringPropertyNames()) {
        answer.append(encode(name)).append('=').append(encode(properties.getProperty(name))).append(' ');
      }
      System.out.println(answer);
    }
  }

  private static String encode(String text) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
