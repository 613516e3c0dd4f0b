@"%~dp0environment\Scripts\python.exe" "%~dp0app.py" %*
