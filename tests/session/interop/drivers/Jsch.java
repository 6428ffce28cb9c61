/*
 * One copy with JSch:
 * PORT USER KEY put|get|reput|reget|rename|remove FROM [TO] [-p]
 */
import com.jcraft.jsch.ChannelSftp;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.Session;
import java.io.File;

class Jsch {
	/* It takes these for patterns. */
	static String quoted(String path) {
		return path.replaceAll("([\\\\*?])", "\\\\$1");
	}

	static void copy(ChannelSftp sftp, String[] a) throws Exception {
		String from = a[4], to = a.length > 5 ? a[5] : "";
		int fresh = ChannelSftp.OVERWRITE, more = ChannelSftp.RESUME;

		switch (a[3]) {
		case "put":
			sftp.put(quoted(from), quoted(to), fresh);
			if (a.length > 6)
				sftp.setMtime(quoted(to), (int)(
				    new File(from).lastModified() / 1000));
			break;
		case "reput":
			sftp.put(quoted(from), quoted(to), more);
			break;
		case "get":
			sftp.get(quoted(from), quoted(to), null, fresh);
			break;
		case "reget":
			sftp.get(quoted(from), quoted(to), null, more);
			break;
		case "rename":
			sftp.rename(quoted(from), quoted(to));
			break;
		case "remove":
			sftp.rm(quoted(from));
			break;
		default:
			throw new Exception("what is " + a[3] + "?");
		}
	}

	public static void main(String[] a) {
		int status = 0;

		try {
			JSch jsch = new JSch();
			jsch.addIdentity(a[2]);
			Session session = jsch.getSession(a[1], "127.0.0.1",
			    Integer.parseInt(a[0]));
			session.setConfig("StrictHostKeyChecking", "no");
			session.connect(60000);
			ChannelSftp sftp =
			    (ChannelSftp)session.openChannel("sftp");
			sftp.connect(60000);
			copy(sftp, a);
			sftp.disconnect();
			session.disconnect();
		} catch (Exception e) {
			System.err.println(e);
			status = 1;
		}
		System.exit(status);
	}
}
